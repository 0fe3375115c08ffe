"""An output of a notebook that is none, for tests."""


class Shown:
    """An output that remembers what it showed."""

    rich = True

    def __init__(self):
        self.texts, self.htmls, self.closed = [], [], 0

    def show(self, text, html=""):
        self.texts.append(text)
        self.htmls.append(html)

    def close(self):
        self.closed += 1
