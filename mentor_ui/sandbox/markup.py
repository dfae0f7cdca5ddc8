"""HTML of the sandbox's own pages: one shell, everything escaped, no scripts."""

# ruff: noqa: E501 (style sheets)

from html import escape

from starlette.responses import HTMLResponse

_SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{css}</style>
</head>
<body>{body}</body>
</html>
"""

# frame-src is left to default-src, which about:srcdoc frames do not need; no form-action, because
# Chromium applies it to the redirect that leads back to the merchant's site as well.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none'"

_FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif'

CHECKOUT_CSS = (
    """
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:#eef1f5;color:#1b2733;font:400 15px/1.5 """
    + _FONT
    + """}
.notice{background:#26323f;color:#fff;text-align:center;font-size:13px;font-weight:600;padding:8px 16px}
main{max-width:440px;margin:0 auto;padding:24px 16px 48px}
.sheet{background:#fff;border-radius:12px;box-shadow:0 1px 2px rgba(16,32,48,.08),0 12px 32px -16px rgba(16,32,48,.25);overflow:hidden}
header{display:flex;justify-content:space-between;gap:16px;align-items:center;padding:20px 24px;border-bottom:1px solid #e3e8ee}
.merchant{display:flex;align-items:center;gap:10px;font-weight:700;font-size:16px;margin:0}
.merchant i{width:36px;height:36px;border-radius:9px;background:#e3e8ee;color:#405261;display:grid;place-items:center;font:700 16px/1 system-ui}
.due{text-align:right;min-width:0}.due span{display:block;color:#5a6b7a;font-size:13px;overflow-wrap:anywhere}
.due strong{font-size:20px;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
form,.body{padding:20px 24px 24px}
fieldset{border:0;margin:0 0 20px;padding:0}
legend,h1{font-weight:700;font-size:15px;padding:0;margin:0 0 10px}
.option{display:flex;align-items:center;gap:12px;min-height:56px;padding:8px 14px;border:1px solid #d5dce4;margin-top:-1px;cursor:pointer}
.option:first-of-type{border-radius:9px 9px 0 0}.option:last-of-type{border-radius:0 0 9px 9px}
.option:hover{background:#f7f9fb}
.option:has(:checked){background:#eaf2fd;border-color:#1f6fd6;position:relative}
.option input{width:18px;height:18px;margin:0;accent-color:#1f6fd6;flex:none}
.option b{display:block;font-weight:600;font-variant-numeric:tabular-nums}
.option small{display:block;color:#5a6b7a;font-size:13px}
button,.button{display:flex;align-items:center;justify-content:center;width:100%;min-height:48px;border-radius:9px;border:1px solid transparent;
font:600 15px/1.2 """
    + _FONT
    + """;cursor:pointer;text-decoration:none;padding:0 16px}
button:focus-visible,.button:focus-visible,input:focus-visible{outline:3px solid #8fbdf5;outline-offset:2px}
.pay{background:#1f6fd6;color:#fff}.pay:hover{background:#185cb4}
.plain{background:#fff;border-color:#d5dce4;color:#1b2733;margin-top:10px}.plain:hover{background:#f7f9fb}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:10px}
.problem{margin:0 0 16px;padding:12px 14px;border-radius:9px;background:#fdecea;color:#8f1d13;font-weight:600}
.calm{margin:0 0 16px;padding:12px 14px;border-radius:9px;background:#eaf2fd;color:#174a8c}
.foot{margin:16px 8px 0;color:#5a6b7a;font-size:13px;text-align:center;overflow-wrap:anywhere}
p{margin:0 0 12px}
"""
)

MENTOR_CSS = (
    """
:root{--bg:#FBFAF6;--surface:#fff;--raised:#F4F2EA;--ink:#17201B;--muted:#56635C;--line:#E3E0D5;--primary:#0A6847;--soft:#E3F1EA;--on:#fff}
@media (prefers-color-scheme:dark){:root{--bg:#0F1512;--surface:#161E1A;--raised:#1C2621;--ink:#EDF2EE;--muted:#9FAEA5;--line:#2A362F;--primary:#46C492;--soft:#17342A;--on:#062519}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:400 15px/1.55 """
    + _FONT
    + """}
main{max-width:760px;margin:0 auto;padding:28px 16px 60px}
h1{font-size:26px;line-height:1.2;letter-spacing:-.02em;margin:0 0 6px;overflow-wrap:anywhere}
p{margin:0}.muted{color:var(--muted)}a{color:var(--primary)}
.top{display:flex;flex-wrap:wrap;gap:12px 24px;align-items:end;justify-content:space-between;margin-bottom:20px}
.search{display:flex;gap:8px;flex:1 1 260px;max-width:380px}
.search input{flex:1;min-width:0;height:42px;border:1px solid var(--line);border-radius:10px;background:var(--surface);color:var(--ink);padding:0 12px;font:inherit}
button{height:42px;padding:0 16px;border:0;border-radius:10px;background:var(--primary);color:var(--on);font:600 14.5px/1 """
    + _FONT
    + """;cursor:pointer}
button.quiet{background:var(--surface);color:var(--ink);border:1px solid var(--line)}
a:focus-visible,button:focus-visible,input:focus-visible{outline:3px solid var(--primary);outline-offset:2px}
.list{list-style:none;margin:0;padding:0;background:var(--surface);border:1px solid var(--line);border-radius:14px;overflow:hidden}
.list li+li{border-top:1px solid var(--line)}
.list a{display:block;padding:14px 18px;color:inherit;text-decoration:none}.list a:hover{background:var(--raised)}
.list b{display:block;font-size:15.5px;overflow-wrap:anywhere}
.list span{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;color:var(--muted);font-size:13.5px;overflow-wrap:anywhere}
.card{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:18px;margin-top:16px}
.card dl{margin:0}.back{display:inline-block;padding:4px 0;margin-bottom:8px}.card h2{font-size:15px;margin:0 0 10px}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 14px;margin:12px 0 0;font-size:14px}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
iframe{display:block;width:100%;height:70vh;min-height:420px;border:1px solid var(--line);border-radius:14px;background:#fff;margin-top:16px}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:400 14px/1.6 ui-monospace,Menlo,Consolas,monospace}
.empty{padding:48px 18px;text-align:center;color:var(--muted)}
.badge{display:inline-block;padding:2px 10px;border-radius:999px;background:var(--soft);color:var(--primary);font-weight:600;font-size:12.5px;margin-bottom:12px}
.actions{display:flex;flex-wrap:wrap;gap:10px;margin-top:16px}
"""
)


def page(title: str, css: str, body: str, status: int = 200) -> HTMLResponse:
    """A whole page; `body` is HTML that is escaped already."""
    html = _SHELL.format(title=escape(title), css=css, body=body)
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(html, status, headers)
