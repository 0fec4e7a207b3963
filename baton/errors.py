"""Everything `baton` can fail with. Each message is one sentence that says what to do; the command line prints it.

BatonError
├── SettingsError           a BATON_ variable has a value that cannot be used
├── StartError              a service cannot be started here and now
│   ├── PortTakenError      somebody else listens on a port we need
│   ├── FolderLockedError   another Baton uses the same data folder
│   ├── DiskFullError       too little disk is left to promise that messages are kept
│   └── RedisServerError    the embedded Redis cannot be found, started or trusted with its data
└── PrepareError            training the assistant or building the web pages failed
"""


class BatonError(Exception):
    """A failure the person at the keyboard can do something about."""


class SettingsError(BatonError):
    """A BATON_ variable has a value that cannot be used."""


class StartError(BatonError):
    """A service cannot be started here and now."""


class PortTakenError(StartError):
    """Somebody else listens on a port we need."""


class FolderLockedError(StartError):
    """Another Baton uses the same data folder."""


class DiskFullError(StartError):
    """Too little disk is left to promise that messages are kept."""


class RedisServerError(StartError):
    """The embedded Redis cannot be found, started or trusted with its data."""


class PrepareError(BatonError):
    """Training the assistant or building the web pages failed."""
