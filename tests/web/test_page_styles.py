"""Which rules of the sheet stand in a page's document."""

import pytest

from mentor_ui.web.page_styles import Words, own_styles, rules_of, words_of

PAGE = words_of('jsx("div",{className:`card p-4`},jsx("span",{className:`badge badge-`+e.tone}))')
OTHER = words_of('jsx("p",{className:`wide md:p-4 hover:underline group-has-[[name=source]]:hidden`})')
ALL = Words.of([PAGE, OTHER])


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        (".card{color:red}.wide{color:blue}", ".card{color:red}"),
        # Put together in the browser, or sent by the server.
        (".badge-go{color:red}.unheard-of{color:blue}", ".badge-go{color:red}.unheard-of{color:blue}"),
        (".card,.wide{color:red}", ".card{color:red}"),
        (".card .wide{color:red}", ""),
        ("h1,:root{color:red}", "h1,:root{color:red}"),
        # What stands in brackets may be elsewhere.
        (
            ".card:not(.wide),.card:is(.wide,.p-4){color:red}",
            ".card:not(.wide),.card:is(.wide,.p-4){color:red}",
        ),
        (
            r"@media (width>=48rem){.md\:p-4{padding:1rem}.card{color:red}}",
            "@media (width>=48rem){.card{color:red}}",
        ),
        (r"@media (hover:hover){.hover\:underline:hover{color:red}}", ""),
        (
            r".group-has-\[\[name\=source\]\]\:hidden:is(:where(.group):has([name=source]) *){display:none}",
            "",
        ),
        # The order of the layers is that of the whole sheet.
        ("@layer a,b;@layer base{.wide{color:red}}", "@layer a,b;@layer base;"),
        ('.card:before{content:"}.wide{"}', '.card:before{content:"}.wide{"}'),
        ("@keyframes turn{to{rotate:1turn}}@font-face{src:url(a.woff2)}", None),
        ("/* a word */.card{background:url(data:a;b)}", ".card{background:url(data:a;b)}"),
    ],
)
def test_a_page_has_the_rules_that_it_can_need(sheet: str, kept: str | None) -> None:
    assert own_styles(rules_of(sheet), PAGE, ALL) == (sheet if kept is None else kept)


def test_a_page_with_all_words_has_all_rules() -> None:
    sheet = ".card{color:red}@layer x{.wide{color:blue}}@media print{.p-4{margin:0}}"
    assert own_styles(rules_of(sheet), ALL, ALL) == sheet
