"""Facts for people as data: what a network consists of, what a run, a check or a copy found.

Each report is a frozen dataclass whose `to_dict` is plain numbers, text and lists, and whose
`sections` are the same facts in words. Neither knows where it will be shown.
"""
