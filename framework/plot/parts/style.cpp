#include "cambium/framework/plot/parts/style.h"

#include "cambium/framework/plot/parts/colours.h"

namespace cambium::plot {
namespace {

constexpr Tone grounds[] = {{"paper", "#ffffff", "#16191d"}, {"grid", "#e7e9ec", "#2a2f36"}, {"axis", "#8b949e", "#6c757f"}};

std::string variables(bool dark) {
  std::string text;
  const auto add = [&](const Tone& tone) { text += std::string("--") + tone.name + ":" + (dark ? tone.dark : tone.light) + ";"; };
  int count = 0;
  const Tone* all = tones(&count);
  for (int i = 0; i < count; ++i) add(all[i]);
  for (const Tone& tone : grounds) add(tone);
  return text;
}

std::string colour(const char* property, const Tone& tone) {
  return std::string(property) + ":" + tone.light + ";" + property + ":var(--" + tone.name + ")";
}

constexpr const char* marks = R"(.plot text{fill:currentColor;stroke:none}
.plot .title{font-size:13px;font-weight:600}
.plot .label,.plot .legend{font-size:12px}
.plot .tick,.plot .note,.plot .caption{font-size:11.5px}
.plot .cell{font-size:10.5px}
.plot .mid{text-anchor:middle}
.plot .end{text-anchor:end}
.plot .white{fill:#fff}
.plot .black{fill:#000}
.plot .line{fill:none;stroke:currentColor;stroke-width:1.75px;stroke-linejoin:round;stroke-linecap:round}
.plot .dash{stroke-dasharray:5 4}
.plot .area{fill:currentColor;fill-opacity:.22}
.plot .soft{fill-opacity:.14}
.plot .bar{fill-opacity:.55;stroke:currentColor;stroke-width:.75px}
.plot .dot{fill:none;stroke:currentColor;stroke-width:5px;stroke-linecap:round;stroke-opacity:.75}
.plot .cells{shape-rendering:crispEdges}
.plot image{image-rendering:pixelated}
)";

constexpr const char* page =
    R"(body{margin:0;padding:24px 16px 64px;background:var(--paper);color:var(--ink);overflow-wrap:anywhere;
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:960px;margin:0 auto}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}
h2{font-size:20px;line-height:1.3;margin:44px 0 8px}
h3{font-size:16px;line-height:1.3;margin:0 0 8px}
p{margin:8px 0;max-width:75ch}
.subtitle{color:var(--muted);margin:0 0 24px}
figure{margin:28px 0 0;padding:0}
.panels{display:grid;gap:20px 24px;align-items:start}
.panels svg{display:block;width:100%;height:auto;overflow:hidden}
.row{grid-column:1/-1}
.row.narrow{display:none}
figcaption{margin-top:8px;max-width:75ch}
figcaption p{margin:4px 0}
.formula{font:14px/1.5 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre-wrap}
.measured{font-size:14px;color:var(--muted);font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;font-weight:600;padding:0 0 6px}
th,td{padding:4px 14px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
th{color:var(--muted);font-weight:600;border-bottom-color:var(--axis)}
.number{text-align:right;white-space:nowrap}
pre{font:13px/1.45 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;margin:8px 0;padding:10px 12px;overflow-x:auto;
border:1px solid var(--grid);border-radius:6px;overflow-wrap:normal}
@media(max-width:700px){body{padding:16px 12px 48px}.row.wide{display:none}.row.narrow{display:block}h2{margin-top:36px}}
@media print{body{padding:0;font-size:11pt}figure,tr,pre{break-inside:avoid}h2,h3{break-after:avoid}.scroll,pre{overflow:visible}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.row.wide{display:block}.row.narrow{display:none}}
)";

}  // namespace

std::string figure_style() {
  std::string text = ":root{color-scheme:light dark;" + variables(false) + "}\n";
  text += "@media screen and (prefers-color-scheme:dark){:root{" + variables(true) + "}}\n";
  int count = 0;
  const Tone* all = tones(&count);
  for (int i = 0; i < count; ++i) text += std::string(".plot .") + all[i].name + "{" + colour("color", all[i]) + "}\n";
  text += ".plot{" + colour("color", all[7]) + ";font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",Arial,";
  text += "sans-serif;font-variant-numeric:tabular-nums}\n";
  text += marks;
  text += ".plot .tick,.plot .label,.plot .caption{" + colour("fill", all[8]) + "}\n";
  text += ".plot .note{" + colour("stroke", grounds[0]) + ";stroke-width:3px;stroke-linejoin:round;paint-order:stroke}\n";
  text += ".plot .paper{" + colour("fill", grounds[0]) + "}\n";
  text += ".plot .grid{fill:none;" + colour("stroke", grounds[1]) + "}\n";
  text += ".plot .axis{fill:none;" + colour("stroke", grounds[2]) + "}\n";
  text += ".plot .rule{fill:none;" + colour("stroke", all[8]) + ";stroke-dasharray:3 3}\n";
  return text;
}

std::string page_style() { return page; }

}  // namespace cambium::plot
