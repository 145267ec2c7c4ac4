"""Takes the schemas of the kinds that we write out of the package kubernetes-validate of PyPI, which has them from Kubernetes' OpenAPI documents:

    pip download --no-deps kubernetes-validate==1.37.0
    unzip -d there kubernetes_validate-1.37.0-py3-none-any.whl
    python3 extract.py there 1.30.0 1.37.0

Descriptions are left out. "strict" means that a field that there is not is refused.
"""

import gzip
import json
import sys

KINDS = {
    "apps.v1": ["Deployment"],
    "autoscaling.v2": ["HorizontalPodAutoscaler"],
    "core.v1": ["PersistentVolumeClaim", "Secret", "Service", "ServiceAccount"],
    "networking.v1": ["Ingress", "NetworkPolicy"],
    "policy.v1": ["PodDisruptionBudget"],
}


def strip(schema, names=False):
    """Leaves descriptions and extensions out; names says that the keys are those of properties."""
    if isinstance(schema, list):
        return [strip(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {k: strip(v, k == "properties" and not names) for k, v in schema.items() if names or k not in ("description", "$schema") and not k.startswith("x-")}


def references(schema):
    if isinstance(schema, list):
        for one in schema:
            yield from references(one)
    elif isinstance(schema, dict):
        for k, v in schema.items():
            if k == "$ref":
                yield v.rsplit("/", 1)[1]
            else:
                yield from references(v)


def main(folder, *versions):
    for version in versions:
        path = f"{folder}/kubernetes_validate/kubernetes-json-schema/v{version}-local-strict/_definitions.json"
        with open(path) as f:
            everything = json.load(f)["$defs"]
        found, todo = {}, [f"io.k8s.api.{group}.{kind}" for group, kinds in KINDS.items() for kind in kinds]
        while todo:
            name = todo.pop()
            if name not in found:
                found[name] = strip(everything[name])
                todo.extend(references(found[name]))
        text = json.dumps({"$defs": found}, sort_keys=True, indent=1).replace("/api/_definitions.json#/", "#/")
        with gzip.GzipFile(f"kubernetes-{version}.json.gz", "wb", mtime=0) as f:
            f.write(text.encode())


main(*sys.argv[1:])
