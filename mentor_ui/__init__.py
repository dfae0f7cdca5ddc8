"""mentor: a mentorship marketplace joined to courses.

Importing this package makes sure that `sqlite3` is at least 3.42 before anything else asks for it: the
durable jobs use `unixepoch('subsec')` and older Linux systems ship 3.40.
"""

import sqlite3
import sys

MINIMUM_SQLITE = (3, 42)

if sqlite3.sqlite_version_info < MINIMUM_SQLITE:
    import pysqlite3
    import pysqlite3.dbapi2

    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
    if pysqlite3.sqlite_version_info < MINIMUM_SQLITE:
        raise ImportError("mentor needs SQLite 3.42 or newer; install a newer pysqlite3-binary.")
