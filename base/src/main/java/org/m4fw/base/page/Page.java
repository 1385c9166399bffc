package org.m4fw.base.page;

import java.nio.charset.StandardCharsets;

/** The frame of a page: head, colours, type. */
public final class Page {
  private static final String STYLE =
      """
      :root{color-scheme:light dark;--paper:#fff;--ink:#1b1e24;--soft:#5c6573;--rule:#e2e6ec;--panel:#f5f7f9;
      --s0:#2f6fd0;--s1:#d9730d;--s2:#2a9461;--s3:#8a55d0;--s4:#d03b3b;--s5:#12909c;--s6:#c4508f;--s7:#8d6b45}
      @media(prefers-color-scheme:dark){:root{--paper:#14171c;--ink:#e7eaee;--soft:#9ba5b4;--rule:#2c323b;--panel:#1c2027;
      --s0:#6ea3f2;--s1:#f09a4a;--s2:#5cc492;--s3:#b48af0;--s4:#f07878;--s5:#55c3cd;--s6:#e887bb;--s7:#c4a27a}}
      body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
      main{max-width:960px;margin:0 auto;padding:32px 24px 64px}
      h1{font-size:26px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:18px;margin:40px 0 4px}
      p{margin:4px 0 12px;color:var(--soft);max-width:72ch}
      .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(170px,1fr));gap:12px;margin:20px 0}
      .tile{background:var(--panel);border-radius:8px;padding:12px 14px}
      .name{color:var(--soft);font-size:13px}.value{font-size:22px;font-weight:600;white-space:nowrap}.detail{color:var(--soft);font-size:13px}
      figure{margin:12px 0}svg{width:100%;height:auto;display:block}
      svg text{fill:var(--soft);font-size:12px}svg text.n{text-anchor:end}svg text.c{text-anchor:middle}
      svg text.title{font-size:13px}svg text.label{fill:var(--ink)}
      .grid{stroke:var(--rule)}.axis,.tick{stroke:var(--soft)}polyline.l{fill:none;stroke-width:1.6;opacity:.75}
      circle{stroke:var(--paper);stroke-width:1}rect.framed{stroke:var(--ink);stroke-width:1}
      COLOURS
      figcaption{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft);padding-left:66px}
      figcaption i{display:inline-block;width:10px;height:10px;border-radius:50%;margin-right:6px}
      .wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;width:100%;margin:8px 0}
      th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--rule);vertical-align:top;white-space:nowrap}
      th{color:var(--soft);font-weight:500}.n{text-align:right;font-variant-numeric:tabular-nums}td:last-child{white-space:normal}
      details{margin-top:40px}summary{font-size:18px;font-weight:600;cursor:pointer}
      """;

  /** How many colours there are: classes {@code s0} to {@code s7}. */
  public static final int COLOURS = 8;

  private Page() {}

  /** The page in UTF-8. */
  public static byte[] of(String title, String body) {
    StringBuilder colours = new StringBuilder();
    for (int i = 0; i < COLOURS; i++) {
      colours.append(
          "circle.s%1$s,rect.s%1$s{fill:var(--s%1$s)}i.s%1$s{background:var(--s%1$s)}polyline.s%1$s{stroke:var(--s%1$s)}"
              .formatted(i));
    }
    String page =
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>%s</title>
        <style>
        %s</style></head><body><main>
        %s</main></body></html>
        """
            .formatted(Html.text(title), STYLE.replace("COLOURS", colours), body);
    return page.getBytes(StandardCharsets.UTF_8);
  }
}
