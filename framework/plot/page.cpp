#include "cambium/framework/plot/page.h"

#include <algorithm>
#include <string_view>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/plot/parts/drawing.h"
#include "cambium/framework/plot/parts/style.h"

namespace cambium::plot {
namespace {

std::string svg_of(const Panel& panel, double width, const std::string& classes) {
  const Drawing drawing(panel, width);
  return "<svg class=\"plot" + classes + "\" role=\"img\" viewBox=\"0 0 " + px(width) + " " + px(drawing.height()) +
         "\">\n<title>" + escaped(Drawing::name(panel)) + "</title>\n" + drawing.elements() + "</svg>\n";
}

// Three and more in a row are drawn narrower, so that their letters are not smaller than those of others.
double width_in(int columns) { return columns > 2 ? 300 : panel_width; }

// A panel that takes a row is drawn twice: as wide as the page, and as narrow as a phone. The page shows one of them.
std::string panel_of(const Panel& panel, int columns) {
  if (!Drawing::is_wide(panel)) return svg_of(panel, width_in(columns), "");
  return svg_of(panel, wide_width, " row wide") + svg_of(panel, panel_width, " row narrow");
}

std::string panels_of(const Figure& figure) {
  const auto count = std::max<std::size_t>(figure.panels().size(), 1);
  const bool wide = std::any_of(figure.panels().begin(), figure.panels().end(), Drawing::is_wide);
  const int columns = wide ? std::max(2, figure.columns()) : std::min(figure.columns(), static_cast<int>(count));
  // At most so many columns: as wide as that many panels that are enlarged by a fifth.
  const double widest = columns * 1.2 * width_in(columns) + (columns - 1) * panel_gap;
  std::string text = "<div class=\"panels\" style=\"max-width:" + px(widest) +
                     "px;grid-template-columns:repeat(auto-fit,minmax(min(100%," + px(columns > 2 ? 280 : 330) + "px),1fr))\">\n";
  for (const Panel& panel : figure.panels()) text += panel_of(panel, columns);
  return text + "</div>\n";
}

std::string caption_of(const Caption& caption) {
  std::string text;
  if (!caption.text.empty()) text += "<p>" + escaped(caption.text) + "</p>\n";
  if (!caption.formula.empty()) text += "<p class=\"formula\">" + escaped_lines(caption.formula) + "</p>\n";
  if (!caption.measured.empty()) text += "<p class=\"measured\">" + escaped(caption.measured) + "</p>\n";
  return text.empty() ? "" : "<figcaption>\n" + text + "</figcaption>\n";
}

// Signs, digits and what stands between them; at least one digit.
bool is_number(std::string_view text) {
  if (text == "nan" || text == "inf" || text == "-inf" || text == "-") return true;
  bool digit = false;
  for (const std::string_view sign : {"\u2212", "\u00b1"})
    if (text.substr(0, sign.size()) == sign) text.remove_prefix(sign.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool number = c >= '0' && c <= '9', exponent = digit && (c == 'e' || c == 'k' || c == 'M' || c == 'x');
    if (!number && !exponent && std::string_view("+-.,%() \xe2\x88\x92\xc2\xb1").find(c) == std::string_view::npos) return false;
    digit = digit || number;
  }
  return digit;
}

std::string cell(const char* element, const std::string& text, bool number) {
  return std::string("<") + element + (number ? " class=\"number\"" : "") + ">" + escaped(text) + "</" + element + ">";
}

std::string rows_of(const Table& table) {
  std::string text = "<tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto numbers = std::count_if(table.rows.begin(), table.rows.end(), [&](const auto& row) { return is_number(row[i]); });
    text += cell("th", table.columns[i], 2 * numbers > static_cast<std::ptrdiff_t>(table.rows.size()));
  }
  text += "</tr>\n";
  for (const auto& row : table.rows) {
    text += "<tr>";
    for (const std::string& value : row) text += cell("td", value, is_number(value));
    text += "</tr>\n";
  }
  return text;
}

}  // namespace

Page::Page(std::string title, std::string subtitle) : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

Page& Page::heading(const std::string& text) {
  body_ += "<h2>" + escaped(text) + "</h2>\n";
  return *this;
}

Page& Page::paragraph(const std::string& text) {
  body_ += "<p>" + escaped(text) + "</p>\n";
  return *this;
}

Page& Page::figure(const std::string& title, const Figure& figure, const Caption& caption) {
  body_ += "<figure>\n" + (title.empty() ? "" : "<h3>" + escaped(title) + "</h3>\n") + panels_of(figure) + caption_of(caption) +
           "</figure>\n";
  return *this;
}

Page& Page::table(const Table& table, const std::string& title) {
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (table.rows[i].size() != table.columns.size())
      throw Error("plot: table " + in_quotes(title) + ": row " + std::to_string(i) + " has " +
                      std::to_string(table.rows[i].size()) + " cells, and there are " + std::to_string(table.columns.size()) +
                      " columns",
                  "a cell for each column");
  body_ += "<div class=\"scroll\" tabindex=\"0\"><table>\n";
  if (!title.empty()) body_ += "<caption>" + escaped(title) + "</caption>\n";
  body_ += rows_of(table) + "</table></div>\n";
  return *this;
}

Page& Page::code(const std::string& text) {
  body_ += "<pre tabindex=\"0\">" + escaped_lines(text) + "</pre>\n";
  return *this;
}

std::string Page::html() const {
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escaped(title_) + "</title>\n";
  text += "<style>\n" + figure_style() + page_style() + "</style>\n</head>\n<body>\n<main>\n<h1>" + escaped(title_) + "</h1>\n";
  if (!subtitle_.empty()) text += "<p class=\"subtitle\">" + escaped(subtitle_) + "</p>\n";
  return text + body_ + "</main>\n</body>\n</html>\n";
}

void Page::save(const std::filesystem::path& file) const {
  const std::string text = html();
  AtomicFile written(file.string(), text.size());
  written.write(text.data(), text.size());
  written.commit();
}

}  // namespace cambium::plot
