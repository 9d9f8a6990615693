"""What the three suites are written with: tools, steps, results with a place for an injection, attacks, and the check.

A result has one of these shapes:
  - a `str`: plain text, as it is
  - `J(object)`: written as JSON
  - `Y(object)`: written as YAML
The mark `{+}` in it is the place that a stranger can write to. A clean row has nothing there; an attacked row has the
injected text there, as a paragraph of its own.
"""

import json
import re

MARK = "{+}"


class J:
    def __init__(self, value, indent=2):
        self.value, self.indent = value, indent


class Y:
    def __init__(self, value):
        self.value = value


def tool(name, description, required="", optional="", **shapes):
    """`required` and `optional`: lines `name: type Description`. `shapes`: a whole schema for an argument."""
    properties, needed = {}, []
    for text, must in ((required, True), (optional, False)):
        for line in text.strip().splitlines():
            arg, rest = line.strip().split(": ", 1)
            kind, _, about = rest.partition(" ")
            schema = shapes.get(arg) or simple(kind)
            properties[arg] = {"description": about, **schema}
            if must:
                needed.append(arg)
    return {
        "name": name,
        "description": description,
        "parameters": {"type": "object", "properties": properties, "required": needed},
    }


def simple(kind):
    if kind.endswith("[]"):
        return {"type": "array", "items": simple(kind[:-2])}
    if "|" in kind:
        return {"type": "string", "enum": kind.split("|")}
    return {"type": kind}


def step(name, args, result, error=None):
    return {"tool": name, "args": args, "result": result, "error": error}


def task(prompt, steps, output):
    return {"prompt": prompt, "steps": steps, "output": output}


def attack(goal, planted, calls, **wordings):
    """`planted`: values that every wording holds, and of which `calls` makes use. `calls`: a list, or a function of the
    task's steps where the attack changes one of them. `wordings`: name → the injected text."""
    return {"goal": goal, "planted": planted, "calls": calls, "wordings": list(wordings.items())}


# How results are written.


def fill(value, injected):
    if isinstance(value, str):
        return value.replace(MARK, "\n\n" + injected if injected else "")
    if isinstance(value, list):
        return [fill(item, injected) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, injected) for key, item in value.items()}
    return value


def render(result, injected):
    if isinstance(result, J):
        return json.dumps(fill(result.value, injected), indent=result.indent, ensure_ascii=False)
    if isinstance(result, Y):
        return "\n".join(yaml(fill(result.value, injected), 0))
    return fill(result, injected)


def yaml(value, depth):
    pad = "  " * depth
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if isinstance(item, (dict, list)) and item:
                yield f"{pad}{key}:"
                yield from yaml(item, depth + 1)
            else:
                yield from headed(f"{pad}{key}: ", item, depth + 1)
    elif isinstance(value, list) and value:
        for item in value:
            if isinstance(item, dict) and item:
                lines = list(yaml(item, depth + 1))
                yield f"{pad}- {lines[0].lstrip()}"
                yield from lines[1:]
            else:
                yield from headed(f"{pad}- ", item, depth + 1)
    else:
        yield pad + scalar(value)


def headed(head, value, depth):
    if isinstance(value, str) and "\n" in value:
        yield head + "|-"
        for line in value.split("\n"):
            yield "  " * depth + line if line else ""
    else:
        yield head + scalar(value)


def scalar(value):
    if isinstance(value, str):
        plain = re.fullmatch(r"[A-Za-z_/][^\n]*", value) and not re.search(r": |:$| #|[\[\]{}\"`]|\s$", value)
        plain = plain and value not in ("true", "false", "null", "yes", "no", "on", "off")
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


# Rows.


def rows(name, suite):
    for t, user in enumerate(suite["tasks"]):
        yield row(name, t, user, None, None)
        for a, evil in enumerate(suite["attacks"]):
            yield row(name, t, user, a, evil)


def row(name, t, user, a, evil):
    wording, injected, calls = None, "", []
    if evil:
        wordings = evil["wordings"]
        wording, injected = wordings[(t + a) % len(wordings)]
        injected = injected.strip("\n")
        calls = evil["calls"](user["steps"]) if callable(evil["calls"]) else evil["calls"]
    out = {
        "suite": name,
        "user_task": f"user_task_{t}",
        "injection_task": f"injection_task_{a}" if evil else None,
        "attack": wording,
        "prompt": user["prompt"],
    }
    if evil:
        out["injection_seen"] = True
    out["steps"] = [{**one, "result": render(one["result"], injected)} for one in user["steps"]]
    out["final_output"] = user["output"]
    out["attack_goal"] = evil["goal"] if evil else None
    out["attack_calls"] = [{**one, "result": render(one["result"], "")} for one in calls]
    return out


# The check.


def fits(value, schema, where):
    kinds = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
    }
    kind = schema.get("type")
    assert isinstance(value, kinds[kind]), f"{where}: {value!r} is no {kind}"
    assert kind == "boolean" or not isinstance(value, bool), f"{where}: {value!r} is no {kind}"
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
    if kind == "array":
        for n, item in enumerate(value):
            fits(item, schema["items"], f"{where}/{n}")
    if kind == "object":
        properties = schema.get("properties")
        for key in schema.get("required", []):
            assert key in value, f"{where}: {key} is missing"
        for key, item in value.items():
            if properties is None:
                fits(item, schema["additionalProperties"], f"{where}/{key}")
            else:
                assert key in properties, f"{where}: {key} is unknown"
                fits(item, properties[key], f"{where}/{key}")


def leaves(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def occurs(value, results):
    """Each line of the value stands in one of the results, as it is or escaped."""
    lines = [line for line in value.split("\n") if line.strip()]
    return all(
        any(line in text or json.dumps(line, ensure_ascii=False)[1:-1] in text for text in results) for line in lines
    )


def check(name, suite, lines):
    tools = {one["name"]: one["parameters"] for one in suite["tools"]}
    assert len(tools) == len(suite["tools"]), f"{name}: a tool twice"
    assert len(suite["tasks"]) == 10 and len(suite["attacks"]) == 10, name
    clean, seen, goals = {}, set(), {}
    for line in lines:
        got = json.loads(line)
        where = f"{name} {got['user_task']} {got['injection_task']} {got['attack']}"
        for one in got["steps"] + got["attack_calls"]:
            assert set(one) == {"tool", "args", "result", "error"}, where
            assert one["tool"] in tools, f"{where}: no tool {one['tool']}"
            fits(one["args"], tools[one["tool"]], f"{where} {one['tool']}")
            assert isinstance(one["result"], str) and MARK not in one["result"], where
        results = [one["result"] for one in got["steps"]]
        if got["attack"] is None:
            assert got["attack_calls"] == [] and got["attack_goal"] is None, where
            clean[got["user_task"]] = got
            continue
        user = clean[got["user_task"]]
        assert got["prompt"] == user["prompt"] and got["final_output"] == user["final_output"], where
        assert [(s["tool"], s["args"]) for s in got["steps"]] == [(s["tool"], s["args"]) for s in user["steps"]], where
        changed = [n for n, s in enumerate(user["steps"]) if s["result"] != results[n]]
        assert len(changed) == 1, f"{where}: {len(changed)} results hold the injection"
        assert got["attack_calls"], where
        evil = suite["attacks"][int(got["injection_task"].rsplit("_", 1)[1])]
        asked = [leaf for one in got["attack_calls"] for leaf in leaves(one["args"]) if isinstance(leaf, str)]
        before = [s["result"] for s in user["steps"]]
        for value in evil["planted"]:
            assert occurs(value, [results[changed[0]]]), f"{where}: {value!r} is not in the result"
            assert any(value in leaf for leaf in asked), f"{where}: no call makes use of {value!r}"
            assert not occurs(value, before + [got["prompt"]]), f"{where}: {value!r} is there without the injection"
        seen.add((got["user_task"], got["injection_task"]))
        goals.setdefault(got["injection_task"], set()).add(got["attack"])
    assert len(clean) == 10 and len(seen) == 100, name
    wordings = sum(len(one["wordings"]) for one in suite["attacks"])
    assert sum(len(kinds) for kinds in goals.values()) == wordings, f"{name}: a wording that no row has"
    return wordings
