"""Elements of HTML: facts, tables and pictures for notebooks and for whole pages.

Everything that comes in is text, and is escaped, unless it is `Html` that this room has made. An
element does not know where it will be shown; `fragment` puts some together with their style.
"""
