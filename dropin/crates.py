"""The published crates that are tried: those whose package carries tests that need no service."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Crate:
    name: str
    version: str
    light: bool = False  # Is it quickly built? Then it is tried wherever the repository is tested.
    features: tuple = ()
    targets: tuple = ("--lib", "--tests")


CRATES = [
    Crate("tokio-stream", "0.1.19", features=("full",)),
    Crate("lambda_runtime", "1.5.0"),
    Crate("volo-grpc", "0.12.2"),
    Crate("rocket", "0.5.2"),
    Crate("rspotify", "0.16.1", light=True),
    Crate("tonic", "0.12.3"),
    Crate("tonic", "0.10.2"),
    Crate("quic-rpc", "0.20.0"),
    Crate("async-graphql", "7.0.17", features=(
        "bson", "cbor", "chrono", "dataloader", "decimal", "dynamic-schema", "hashbrown", "log", "raw_value", "secrecy", "time",
        "tokio-sync", "tracing", "unblock", "url", "uuid")),
    Crate("langchain-rust", "7.0.0"),
    Crate("rig-agent", "0.42.0", features=("test-utils",)),
    # (Its other tests build more crates.)
    Crate("rig-core", "0.42.0", features=("test-utils",), targets=("--lib",)),
]
