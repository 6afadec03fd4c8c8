#include "cambium/framework/plot/parts/text_width.h"

#include <algorithm>
#include <string_view>

#include "cambium/framework/plot/parts/svg.h"

namespace cambium::plot {
namespace {

constexpr double bold_by = 1.13;

bool one_of(char32_t c, std::string_view letters) { return c < 0x80 && letters.find(static_cast<char>(c)) != letters.npos; }

// In parts of the size. Groups of letters of like width, each with that of its widest in fonts that run wide.
double width_of(char32_t c) {
  if (one_of(c, "ijl|'")) return 0.34;
  if (one_of(c, "I.,:;! ")) return 0.4;
  if (one_of(c, "frt()[]/\\-`\"")) return 0.46;
  if (one_of(c, "csxzkvyJ*?^_{}")) return 0.6;
  if (one_of(c, "0123456789")) return 0.64;
  if (one_of(c, "aeghbdnopquLFETSYZ$")) return 0.66;
  if (one_of(c, "ABCKPRVX&")) return 0.72;
  if (one_of(c, "DGHNUOQ+=<>~#")) return 0.84;
  if (one_of(c, "wMm")) return 0.98;
  if (one_of(c, "%W@")) return 1.04;
  if (c >= 0x300 && c < 0x370) return 0;  // marks over a letter
  if (c == 0xb7 || (c >= 0x2000 && c < 0x2010)) return 0.4;
  if (c == 0x2212 || c == 0xb1 || c == 0xd7) return 0.84;
  if ((c >= 0xc0 && c < 0x180) || (c >= 0x3b1 && c < 0x3ca)) return 0.86;  // Latin with marks, small Greek
  return c >= 0x1f000 ? 1.5 : 1.12;
}

double width_of(const std::vector<char32_t>& text, double size, bool bold) {
  double sum = 0;
  for (const char32_t c : text) sum += width_of(c);
  return sum * size * (bold ? bold_by : 1);
}

}  // namespace

double text_width(const std::string& text, double size, bool bold) { return width_of(characters(text), size, bold); }

std::string cut_to(const std::string& text, double width, double size, bool bold) {
  std::vector<char32_t> all = characters(text);
  if (width_of(all, size, bold) <= width) return text;
  constexpr char32_t dots = 0x2026;
  double sum = width_of({dots}, size, bold);
  std::size_t fit = 0;
  while (fit < all.size() && (sum += width_of({all[fit]}, size, bold)) <= width) ++fit;
  while (fit > 0 && all[fit - 1] == U' ') --fit;
  if (fit == 0) return "";
  all.resize(fit);
  all.push_back(dots);
  return utf8(all);
}

std::vector<std::string> wrapped(const std::string& text, double width, double size, int most_lines, bool bold) {
  std::vector<std::string> lines;
  std::vector<char32_t> rest = characters(text);
  while (!rest.empty() && static_cast<int>(lines.size()) < most_lines) {
    std::size_t cut = 0;  // behind the last word that fits
    double sum = 0;
    for (std::size_t i = 0; i <= rest.size() && sum <= width; ++i) {
      if (i == rest.size() || rest[i] == U' ') cut = i;
      if (i < rest.size()) sum += width_of({rest[i]}, size, bold);
    }
    const bool last = static_cast<int>(lines.size()) + 1 == most_lines || cut == 0;
    if (last) cut = rest.size();
    const std::string line = cut_to(utf8({rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(cut)}), width, size, bold);
    if (!line.empty()) lines.push_back(line);
    while (cut < rest.size() && rest[cut] == U' ') ++cut;
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(cut));
  }
  return lines;
}

}  // namespace cambium::plot
