"""JSON files that people write: a document, or a sentence that says where it stops being JSON."""

import json
from pathlib import Path

from mandorla.domain.errors import InvalidInputError
from mandorla.engines.source_files import refused, unreadable


def read_json(path: Path) -> object:
    """A JSON file's content; InvalidInputError names the place."""
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise refused("FILE_MISSING", path, "there is no such file", "check the path") from None
    except IsADirectoryError:
        raise refused("FILE_MISSING", path, "this is a folder, not a file", "name the JSON file in it") from None
    except OSError as error:
        raise InvalidInputError([unreadable(path, error)]) from None
    except UnicodeDecodeError as error:
        raise refused("NOT_JSON", path, f"byte {error.start} is not UTF-8", "save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        mend = "mandorla check says what commonly goes wrong in a payload copied from a guide"
        raise refused("NOT_JSON", where, f"the file is not JSON: {error.msg}", mend) from None
    except (RecursionError, ValueError):
        raise refused("NOT_JSON", path, "the JSON is nested too deeply, or a number has too many digits", "mend it") from None
