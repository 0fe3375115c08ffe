"""Objects as text for a report, whatever they are."""

import reprlib

_REPR = reprlib.Repr()
_REPR.maxdict = _REPR.maxlist = _REPR.maxtuple = _REPR.maxset = 40
_REPR.maxlevel = 9
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 200


def shown(value):
    """A text of bounded length; never an error."""
    try:
        return _REPR.repr(value)
    except Exception as error:
        return f"<a {type(value).__name__} that cannot be shown: {type(error).__name__}>"
