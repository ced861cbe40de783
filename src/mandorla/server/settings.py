"""Every setting of the server, read from the environment once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from mandorla.domain.errors import MandorlaError
from mandorla.domain.limits import DEFAULT_LIMITS, Limits

DEFAULT_DATA_FOLDER = Path("~/.local/share/mandorla")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The command line's options win over the environment, which wins over these.

    `regions` are those that requests may be signed for. The guide: "For the current deployment, only us-east-1 region is
    supported." `database` is empty for SQLite in the data folder. `engine` matches people in jobs.
    """

    data: Path = DEFAULT_DATA_FOLDER
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 4700
    regions: tuple[str, ...] = ("us-east-1",)
    engine: str = "auto"
    largest_body_bytes: int = 64 * 1024 * 1024
    limits: Limits = DEFAULT_LIMITS

    @property
    def data_folder(self) -> Path:
        """Where everything lies, with `~` resolved."""
        return self.data.expanduser().absolute()

    @property
    def database_url(self) -> str:
        """The records' database."""
        return self.database or f"sqlite:///{self.data_folder / 'records.sqlite'}"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from `MANDORLA_DATA`, `MANDORLA_DATABASE`, `MANDORLA_HOST`, `MANDORLA_PORT`, `MANDORLA_REGIONS` and
    `MANDORLA_ENGINE`; quotas from `MANDORLA_LIMIT_` and a quota's name.

    >>> read_settings({"MANDORLA_PORT": "4711", "MANDORLA_REGIONS": "us-east-1,eu-west-1"}).regions
    ('us-east-1', 'eu-west-1')
    >>> read_settings({"MANDORLA_LIMIT_ID_NAMESPACES": "50"}).limits.id_namespaces
    50
    """
    default = Settings()
    port = environment.get("MANDORLA_PORT", str(default.port))
    if not port.isdecimal() or int(port) > 65535:
        raise MandorlaError(f"MANDORLA_PORT is {port[:20]!r}, which is no port. Give a number up to 65535.")
    return Settings(
        data=Path(environment.get("MANDORLA_DATA", str(default.data))),
        database=environment.get("MANDORLA_DATABASE", default.database),
        host=environment.get("MANDORLA_HOST", default.host),
        port=int(port),
        regions=tuple(environment.get("MANDORLA_REGIONS", ",".join(default.regions)).split(",")),
        engine=environment.get("MANDORLA_ENGINE", default.engine),
        limits=read_limits(environment),
    )


def read_limits(environment: Mapping[str, str]) -> Limits:
    """The quotas, each adjusted where its variable is set; MandorlaError for what is no number of one or more."""
    adjusted = {}
    for quota in fields(Limits):
        name = f"MANDORLA_LIMIT_{quota.name.upper()}"
        if name in environment:
            if not environment[name].isdecimal() or int(environment[name]) < 1:
                raise MandorlaError(f"{name} is {environment[name][:20]!r}. Give a whole number of one or more.")
            adjusted[quota.name] = int(environment[name])
    return replace(DEFAULT_LIMITS, **adjusted)
