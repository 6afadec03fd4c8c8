#include "cambium/framework/plot/figure.h"

#include <algorithm>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/plot/parts/drawing.h"
#include "cambium/framework/plot/parts/style.h"

namespace cambium::plot {
namespace {

constexpr double margin = 16;

// A panel where it stands.
struct Placed {
  Drawing drawing;
  std::string name;
  double x, y;
};

// Row by row; a wide panel begins a new row and fills it.
std::vector<Placed> placed(const std::vector<Panel>& panels, int columns, double* height) {
  std::vector<Placed> all;
  int column = 0;
  double row_height = 0;
  *height = margin;
  const auto end_row = [&] {
    if (row_height > 0) *height += row_height + panel_gap;
    column = 0, row_height = 0;
  };
  for (const Panel& panel : panels) {
    const bool wide = Drawing::is_wide(panel) && columns > 1;
    if (column > 0 && (wide || column == columns)) end_row();
    const double width = wide ? columns * panel_width + (columns - 1) * panel_gap : panel_width;
    all.push_back({Drawing(panel, width), Drawing::name(panel), margin + column * (panel_width + panel_gap), *height});
    row_height = std::max(row_height, all.back().drawing.height());
    column = wide ? columns : column + 1;
  }
  end_row();
  *height += margin - (all.empty() ? 0 : panel_gap);
  return all;
}

}  // namespace

Figure::Figure(std::vector<Panel> panels, int columns) : panels_(std::move(panels)), columns_(columns) {
  if (columns < 1) throw Error("plot: a figure of " + std::to_string(columns) + " columns", "1 or more");
}

std::string Figure::svg() const {
  double height = 0;
  bool wide = false;
  for (const Panel& panel : panels_) wide = wide || Drawing::is_wide(panel);
  const int columns = wide ? columns_ : std::min(columns_, std::max(1, static_cast<int>(panels_.size())));
  const std::vector<Placed> all = placed(panels_, columns, &height);
  const std::string w = px(columns * panel_width + (columns - 1) * panel_gap + 2 * margin), h = px(height);
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" width=\"" + w + "\" height=\"" + h +
                     "\" viewBox=\"0 0 " + w + " " + h + "\">\n<title>";
  for (const Placed& panel : all) text += (&panel == &all.front() ? "" : "; ") + escaped(panel.name);
  text += "</title>\n<style>\n" + figure_style() + "</style>\n<rect class=\"paper\" width=\"" + w + "\" height=\"" + h + "\"/>\n";
  for (const Placed& panel : all)
    text += "<g transform=\"translate(" + px(panel.x) + " " + px(panel.y) + ")\">\n" + panel.drawing.elements() + "</g>\n";
  return text + "</svg>\n";
}

void Figure::save(const std::filesystem::path& file) const {
  const std::string text = svg();
  AtomicFile written(file.string(), text.size());
  written.write(text.data(), text.size());
  written.commit();
}

}  // namespace cambium::plot
