"""A real API server for the benchmark, as bin/kube-apiserver starts it, and objects as controllers and kubelets leave them."""

import concurrent.futures
import glob
import http.client
import json
import os
import shutil
import ssl
import subprocess
import threading

NAMESPACES, NODES, REPLICAS = 20, 100, 10
WRITERS = 8
# What a client of the API server takes where it reads nothing of the answer: JSON of a pod costs the server much more.
UNREAD = "application/vnd.kubernetes.protobuf, application/json"
# A server that is only there to be asked: it collects garbage a fourth as often, and ranks no requests.
LIGHT = {"GOGC": "400"}, ["--enable-priority-and-fairness=false", "--profiling=false"]
ENDPOINTS = "/apis/retina.sh/v1alpha1/retinaendpoints"
PODS = "/api/v1/pods"


def app(number):
    return number // REPLICAS


def space(number):
    """The namespace of a pod: that of its Deployment."""
    return f"space-{app(number) % NAMESPACES}"


def name(number):
    return f"app-{app(number)}-5d4f8c7b9-{number:05x}"


def addresses(number):
    high, low = number >> 8, number & 255
    return [{"ip": f"10.{64 + (high >> 8)}.{high & 255}.{low}"}, {"ip": f"fd00:64::{number:x}"}]


def pod(number):
    """As large as usual ones: two containers with their environment, and what the scheduler and admission add."""
    variables = [{"name": f"SETTING_{index}", "value": f"value-{index}-of-a-usual-length"} for index in range(10)]
    containers = [
        {
            "name": container, "image": "registry.invalid/team/" + container + ":1.2.3", "env": variables,
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}, "ports": [{"containerPort": 8080 + index}],
        }
        for index, container in enumerate(["main", "proxy"])
    ]  # fmt: skip
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": True, "uid": f"6f1d2c34-0000-4000-8000-{app(number):012x}"}
    labels = {"app": f"app-{app(number)}", "pod-template-hash": "5d4f8c7b9", "tier": f"tier-{app(number) % 7}", "version": "v1"}
    return {
        "metadata": {
            "name": name(number), "labels": labels, "annotations": {"checksum.invalid/config": "0" * 64, "notes.invalid/long": "x" * 1000},
            "ownerReferences": [{**owner, "name": f"app-{app(number)}-5d4f8c7b9"}],
        },
        "spec": {"nodeName": f"node-{number % NODES}", "containers": containers, "terminationGracePeriodSeconds": 0},
    }  # fmt: skip


def statuses(number):
    """The three that a kubelet writes while a pod starts: accepted, running, ready."""
    common = {"hostIP": f"10.240.0.{number % NODES + 1}", "qosClass": "Burstable"}
    running = {**common, "phase": "Running", "podIP": addresses(number)[0]["ip"], "podIPs": addresses(number)}

    def containers(ready):
        return [
            {
                "name": container, "ready": ready, "restartCount": 0, "image": container, "imageID": "sha256:" + "0" * 64,
                "containerID": f"containerd://{number:064x}", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
            }
            for container in ("main", "proxy")
        ]  # fmt: skip

    return [
        {**common, "phase": "Pending"},
        {**running, "containerStatuses": containers(False)},
        {**running, "containerStatuses": containers(True), "conditions": [{"type": "Ready", "status": "True"}]},
    ]


class Cluster:
    """An API server with our CRDs, between enter and exit; light: see LIGHT, else as a cluster's."""

    def __init__(self, root, directory, port, light=False):
        self.root, self.directory, self.port = root, directory, port
        self._environment, self._options = LIGHT if light else ({}, [])
        self.tool = os.path.join(root, "bin", "kube-apiserver")
        self.kubeconfig = os.path.join(directory, "kubeconfig")
        self._connections = threading.local()

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        try:
            ports = ["--port", str(self.port), "--etcd-port", str(self.port + 1)]
            environment = {**os.environ, **self._environment}
            subprocess.run([self.tool, "start", self.directory, *ports, "--", *self._options], env=environment, check=True)
            pki = os.path.join(self.directory, "pki")
            self._tls = ssl.create_default_context(cafile=pki + "/ca.crt")
            self._tls.load_cert_chain(pki + "/admin.crt", pki + "/admin.key")
            for file in sorted(glob.glob(os.path.join(self.root, "helm/retina/crds/*.yaml"))):
                with open(file, encoding="utf-8") as text:
                    self.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", text.read())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([self.tool, "stop", self.directory], check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def pid(self, name="apiserver"):
        """Of the API server, or of etcd."""
        return int(open(os.path.join(self.directory, name + ".pid")).read())

    def ask(self, method, path, body=None):
        """An answer as JSON; text goes as YAML."""
        return json.loads(self._send(method, path, body, "application/json"))

    def write(self, method, path, body=None):
        """The same without the answer."""
        self._send(method, path, body, UNREAD)

    def _send(self, method, path, body, accept):
        """The bytes of an answer. One connection per thread."""
        if not hasattr(self._connections, "one"):
            self._connections.one = http.client.HTTPSConnection("127.0.0.1", self.port, context=self._tls, timeout=60)
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        if isinstance(body, str):
            kind, body = "application/yaml", body.encode()
        elif body is not None:
            body = json.dumps(body)
        headers = {"Content-Type": kind, "Accept": accept}
        try:
            self._connections.one.request(method, path, body, headers)
            answer = self._connections.one.getresponse()
        except ConnectionError:  # it was idle for so long that the server closed it
            self._connections.one.close()
            self._connections.one.request(method, path, body, headers)
            answer = self._connections.one.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise OSError(f"{method} {path}: {answer.status} {said[:500].decode(errors='replace')}")
        return said

    def count(self, path):
        """How many objects a list has, without fetching it."""
        listed = self.ask("GET", path + "?limit=1")
        return len(listed["items"]) + listed["metadata"].get("remainingItemCount", 0)

    def names(self, path):
        """NAMESPACE/NAME of each object of a list."""
        listed = json.loads(self._send("GET", path, None, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"))
        found = (item["metadata"] for item in listed["items"])
        return {item["namespace"] + "/" + item["name"] for item in found}

    def fill(self, pods):
        """Namespaces, nodes, pods that run, and a Service with its slice for each Deployment."""
        for number in range(NAMESPACES):
            self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": f"space-{number}", "labels": {"team": f"team-{number % 5}"}}})
        for number in range(NODES):
            metadata = {"name": f"node-{number}", "labels": {"topology.kubernetes.io/zone": f"zone-{number % 3}"}}
            self.ask("POST", "/api/v1/nodes", {"metadata": metadata})
            status = {"addresses": [{"type": "InternalIP", "address": f"10.240.0.{number + 1}"}]}
            self.ask("PATCH", f"/api/v1/nodes/node-{number}/status", {"status": status})
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(lambda number: self.start(number, statuses(number)[-1:]), range(pods)))
            list(writers.map(self._service, range(0, pods, REPLICAS)))

    def start(self, number, steps):
        """A pod comes, by so many writes of its status."""
        path = f"/api/v1/namespaces/{space(number)}/pods"
        self.write("POST", path, pod(number))
        for status in steps:
            self.write("PATCH", f"{path}/{name(number)}/status", {"status": status})

    def delete(self, number):
        self.write("DELETE", f"/api/v1/namespaces/{space(number)}/pods/{name(number)}")

    def _service(self, first):
        path = f"/namespaces/{space(first)}/"
        metadata = {"name": f"app-{app(first)}", "labels": {"kubernetes.io/service-name": f"app-{app(first)}"}}
        spec = {"selector": {"app": f"app-{app(first)}"}, "ports": [{"port": 80}]}
        self.write("POST", "/api/v1" + path + "services", {"metadata": metadata, "spec": spec})
        members = [
            {
                "addresses": [addresses(number)[0]["ip"]], "nodeName": f"node-{number % NODES}",
                "targetRef": {"kind": "Pod", "namespace": space(number), "name": name(number)},
            }
            for number in range(first, first + REPLICAS)
        ]  # fmt: skip
        slices = {"metadata": metadata, "addressType": "IPv4", "ports": [{"port": 8080}], "endpoints": members}
        self.write("POST", "/apis/discovery.k8s.io/v1" + path + "endpointslices", slices)
