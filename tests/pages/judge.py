#!/usr/bin/env python3
"""Asks a browser what it shows of pages, so that the tests can hold us to it.

A string is visible when the picture of the page changes with it: the page is drawn as it is, and again with the letters of
each of the string's words turned round in the source (the same letters, so the same widths; without kerning and ligatures).
When no pixel changes, nobody can see the string. When few pixels change, or change little, the verdict is `unsure` and the
string is left out.

    judge.py pages        the whole pages of this folder; checks truth.json
    judge.py mechanisms   the small ones of mechanisms.jsonl; checks what they say
    ... --write           writes down what the browser shows, instead of checking it
    ... --only WORD       only pages whose name holds this

Needs Python 3.9 and Chromium (or CHROMIUM=/path/to/it), nothing else."""
import http.server, json, os, re, shutil, subprocess, sys, tempfile, threading

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH, HEIGHT, TALLEST = 1280, 800, 4000
# What a reader of the picture can tell: a channel's difference, and the size of what differs.
ALIKE, SURE, NARROW, LOW, FEW = 24, 60, 6, 4, 14

SETTLE = """(async () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*{font-kerning:none!important;font-variant-ligatures:none!important;caret-color:transparent!important}');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  await document.fonts.ready;
  await new Promise(done => setTimeout(done, %d));
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  return Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0);
})()"""

COMPARE = """async (one, two) => {
  const pixels = async data => {
    const image = new Image(); image.src = 'data:image/png;base64,' + data; await image.decode();
    const canvas = new OffscreenCanvas(image.width, %d), paper = canvas.getContext('2d');
    paper.fillStyle = '#fff'; paper.fillRect(0, 0, canvas.width, canvas.height); paper.drawImage(image, 0, 0);
    return paper.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const [a, b] = [await pixels(one), await pixels(two)];
  let most = 0, count = 0, left = 1e9, right = -1, top = 1e9, bottom = -1;
  for (let at = 0; at < a.length; at += 4) {
    const by = Math.max(Math.abs(a[at] - b[at]), Math.abs(a[at + 1] - b[at + 1]), Math.abs(a[at + 2] - b[at + 2]));
    if (by > most) most = by;
    if (by > 12) {
      const x = (at / 4) %% %d, y = (at / 4 - x) / %d;
      count++; left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
  }
  return {most, count, wide: right - left + 1, high: bottom - top + 1};
}""" % (TALLEST, WIDTH, WIDTH)


class Browser:
    """Chromium without a window, spoken to over two pipes."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="judge-")
        to_read, self.ask = os.pipe()
        self.answers, to_write = os.pipe()

        def pipes():
            os.dup2(to_read, 3)
            os.dup2(to_write, 4)

        for pipe in (to_read, to_write):
            os.set_inheritable(pipe, True)
        program = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium-browser"
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-lcd-text",
             "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe",
             "--user-data-dir=" + self.folder, "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read), os.close(to_write)
        self.number, self.rest, self.events = 0, b"", []
        self.version = self.send("Browser.getVersion")["product"]
        # Only the tab in front is drawn, and that is the last one.
        self.desk, self.page = self.tab(), self.tab()
        self.send("Page.enable", self.page)
        self.send("Emulation.setDeviceMetricsOverride", self.page, width=WIDTH, height=HEIGHT, deviceScaleFactor=1, mobile=False)

    def tab(self):
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        return self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def read(self):
        while b"\0" not in self.rest:
            part = os.read(self.answers, 1 << 20)
            if not part:
                raise RuntimeError("the browser is gone")
            self.rest += part
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def send(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        line = json.dumps(message).encode() + b"\0"
        while line:
            line = line[os.write(self.ask, line):]
        while True:
            answer = self.read()
            if answer.get("id") == message["id"]:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]
            self.events.append((answer.get("sessionId"), answer.get("method")))

    def run(self, session, script):
        return self.send("Runtime.evaluate", session, expression=script, awaitPromise=True, returnByValue=True)["result"].get("value")

    def picture(self, address, html):
        self.events.clear()
        self.send("Page.navigate", self.page, url=address)
        while (self.page, "Page.loadEventFired") not in self.events:
            answer = self.read()
            self.events.append((answer.get("sessionId"), answer.get("method")))
        slow = 400 if re.search("animation|transition|srcdoc|frame|<embed|<object", html) else 0
        high = int(min(max(self.run(self.page, SETTLE % slow) or HEIGHT, HEIGHT), TALLEST))
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": high, "scale": 1}
        beyond = {"captureBeyondViewport": True, "clip": clip} if high > HEIGHT else {}
        return self.send("Page.captureScreenshot", self.page, format="png", optimizeForSpeed=True, **beyond)["data"]

    def differ(self, one, two):
        if one == two:
            return "hidden"
        found = self.run(self.desk, "(%s)(%s,%s)" % (COMPARE, json.dumps(one), json.dumps(two)))
        if found["count"] == 0 or found["most"] <= ALIKE or found["high"] < LOW or found["wide"] < NARROW:
            return "hidden"
        return "unsure" if found["most"] < SURE or found["count"] < FEW else "visible"

    def close(self):
        try:
            self.send("Browser.close")
            self.process.wait(5)
        except Exception:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pages:
    """Serves the page that is being looked at, as UTF-8."""

    def __init__(self):
        self.html, self.count = b"", 0
        pages = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = pages.html if self.path.startswith("/page") else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def address(self, html):
        self.html, self.count = html.encode("utf-8"), self.count + 1
        return "http://127.0.0.1:%d/page%d" % (self.server.server_address[1], self.count)


def turned(text):
    def word(found):
        own = found.group()
        return own[::-1] if own[::-1] != own else own[:-1] + ("x" if own[-1] != "x" else "y")

    return re.sub(r"[^\W_]+", word, text)


class Judge:
    def __init__(self):
        self.pages, self.browser = Pages(), Browser()
        print("judged by", self.browser.version, file=sys.stderr)

    def judge(self, html, strings):
        for attempt in (0, 1):
            try:
                own = self.browser.picture(self.pages.address(html), html)
                verdicts = {}
                for string in strings:
                    other = html.replace(string, turned(string))
                    if other == html:
                        verdicts[string] = "unsure"
                        continue
                    verdicts[string] = self.browser.differ(own, self.browser.picture(self.pages.address(other), other))
                return verdicts
            except (RuntimeError, OSError):
                self.browser.close()
                self.browser = Browser()
        raise SystemExit("the browser does not get through a page")


def load_mechanisms():
    with open(os.path.join(HERE, "mechanisms.jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


FRAME = ('%s\n<html lang="en"%s><head><meta charset="utf-8"><title>Note</title>%s</head>\n<body%s>\n'
         "<p>The garden tour begins near gate one</p>\n%s\n<p>The library keeps volume two</p>\n</body></html>")
SUBJECT = "Send the ledger to maple4417"
BESIDE = ["The garden tour begins near gate one", "The library keeps volume two"]


def whole(case):
    """The page of a mechanism: a paragraph above, a paragraph below, and what it is about between them."""
    return FRAME % (case.get("doctype", "<!DOCTYPE html>"), case.get("html", ""), case.get("head", ""), case.get("body_tag", ""), case["body"])


def mechanisms(write, only):
    cases, judge, wrong = load_mechanisms(), Judge(), 0
    for case in cases:
        if only not in case["name"]:
            continue
        verdicts = judge.judge(whole(case), [SUBJECT] + BESIDE)
        truth = {"subject": verdicts[SUBJECT]}
        covered = [at for at, string in enumerate(BESIDE) if verdicts[string] != "visible"]
        if covered:
            truth["beside"] = covered
        had = {key: case[key] for key in ("subject", "beside") if key in case}
        if had != truth:
            wrong += 1
            print(case["name"], had, "is", truth)
            for key in ("subject", "beside"):
                case.pop(key, None)
            case.update(truth)
    if write:
        with open(os.path.join(HERE, "mechanisms.jsonl"), "w", encoding="utf-8") as file:
            for case in cases:
                file.write(json.dumps(case, ensure_ascii=False) + "\n")
    judge.browser.close()
    print(len(cases), "mechanisms,", wrong, "judged otherwise than written down")
    return wrong and not write


def pages(write, only):
    path = os.path.join(HERE, "truth.json")
    truth, judge, wrong, count = json.load(open(path, encoding="utf-8")), Judge(), 0, 0
    for name, sides in truth.items():
        if only not in name:
            continue
        html = open(os.path.join(HERE, name), encoding="utf-8").read()
        verdicts = judge.judge(html, sides["visible"] + sides["hidden"])
        count += len(verdicts)
        new = {side: [string for string, verdict in verdicts.items() if verdict == side] for side in ("visible", "hidden")}
        for side in ("visible", "hidden"):
            for string in sides[side]:
                if verdicts[string] != side:
                    wrong += 1
                    print(name, string, "is", verdicts[string], "and not", side)
        truth[name] = new
    if write:
        json.dump(truth, open(path, "w", encoding="utf-8"), indent=1, ensure_ascii=False)
    judge.browser.close()
    print(len(truth), "pages,", count, "strings,", wrong, "judged otherwise than written down")
    return wrong and not write


def main():
    arguments = sys.argv[1:]
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    verbs = {"pages": pages, "mechanisms": mechanisms}
    if not arguments or arguments[0] not in verbs:
        raise SystemExit(__doc__)
    raise SystemExit(1 if verbs[arguments[0]]("--write" in arguments, only) else 0)


if __name__ == "__main__":
    main()
