"""Engines of many machines on this one: a Spark standalone cluster of two workers with PySpark's own scripts, and Sail."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyspark
from pysail.spark import SparkConnectServer

SPARK_HOME = Path(pyspark.__file__).parent
SECONDS_TO_START = 180  # Java's virtual machines take long on a busy machine
# Machines that live for a minute: little memory, no time spent on code that will not run often.
JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
SETTINGS = {
    "spark.cores.max": "2",
    "spark.executor.cores": "1",
    "spark.executor.memory": "512m",
    "spark.driver.memory": "600m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": JAVA,
    "spark.executor.extraJavaOptions": JAVA,
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.connect.grpc.binding.address": "127.0.0.1",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster is: its Connect server, its master, and the environment of a classic driver."""

    remote: str
    master: str
    environment: Mapping[str, str]


def why_not() -> str | None:
    """Why Spark cannot run here, if it cannot."""
    return None if shutil.which("java") else "no Java is installed; scripts/packages installs it"


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A master, two workers and a Connect server as processes of their own, until the block ends."""
    (folder / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in SETTINGS.items()))
    environment = {
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "PYSPARK_PYTHON": sys.executable,
    }
    daemon = {**environment, "SPARK_DAEMON_MEMORY": "256m"}
    daemon["SPARK_DAEMON_JAVA_OPTS"] = f"{JAVA} -Dspark.master.rest.enabled=false"
    master_port, connect_port = free_port(), free_port()
    master = f"spark://127.0.0.1:{master_port}"
    processes: list[subprocess.Popen[bytes]] = []

    def start(name: str, program: str, *arguments: str, within: Mapping[str, str]) -> None:
        with (folder / f"{name}.log").open("wb") as log:
            command = [str(SPARK_HOME / "bin" / program), *arguments]
            given = {**os.environ, **within}
            processes.append(subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder))

    place = ["--host", "127.0.0.1", "--webui-port", "0"]
    try:
        start(
            "master", "spark-class", "org.apache.spark.deploy.master.Master", *place, "--port", str(master_port), within=daemon
        )
        wait_for(master_port, processes)
        for number in (1, 2):
            size = ["--cores", "2", "--memory", "1100m", "--work-dir", str(folder / f"worker_{number}")]
            start(
                f"worker_{number}",
                "spark-class",
                "org.apache.spark.deploy.worker.Worker",
                *place,
                *size,
                master,
                within=daemon,
            )
        connect = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", master]
        connect += ["--conf", f"spark.connect.grpc.binding.port={connect_port}"]
        start("connect", "spark-submit", *connect, within=environment)
        wait_for(connect_port, processes)
        yield Cluster(f"sc://127.0.0.1:{connect_port}", master, environment)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


@contextmanager
def sail() -> Iterator[str]:
    """Sail in this process, until the block ends; gives its address."""
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    try:
        _, port = server.listening_address
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(port: int, processes: list[subprocess.Popen[bytes]]) -> None:
    """Until somebody listens on the port."""
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert all(process.poll() is None for process in processes), "a process of the cluster ended"
            assert time.monotonic() < deadline, "the cluster does not start"
            time.sleep(0.1)
        else:
            return
