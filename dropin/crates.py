"""The published crates that are tried: those whose package carries tests that need no service."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Crate:
    name: str
    version: str
    light: bool = False  # Is it quickly built? Then it is tried wherever the repository is tested.
    features: tuple = ()
    targets: tuple = ("--lib", "--tests")
    skip: dict = None  # Tests that are not run, or only by chance pass here, with the reason.


CRATES = [
    Crate("tokio-stream", "0.1.19", light=True, features=("full",)),
    Crate("lambda_runtime", "1.5.0"),
    Crate("volo-grpc", "0.12.2"),
    Crate("rocket", "0.5.2"),
    Crate("rspotify", "0.16.1"),
    Crate("tonic", "0.12.3"),
    Crate("poem-grpc", "0.5.9"),
    Crate("ollama-rs", "0.3.6", features=("stream",)),
    Crate("kube-runtime", "5.0.0"),
    Crate("tokio-util", "0.7.20", features=("full",)),
    Crate("actix-http", "3.20.0"),
    Crate("async-graphql", "7.0.17"),
    Crate("langchain-rust", "7.0.0"),
    Crate("rig-agent", "0.42.0"),
    Crate("rig-core", "0.42.0"),
]
