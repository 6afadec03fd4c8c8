#include "tests/plot/random_panel.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cambium/framework/base/random.h"

namespace cambium_tests {
namespace {

using namespace cambium::plot;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  Panel panel() {
    Panel panel(name());
    panel.x(axis()).y(axis());
    if (chance(0.3)) panel.height(60 + 400 * uniform());
    if (chance(0.2)) panel.wide();
    if (chance(0.1)) return panel.pictures(pictures(), 1 + below(9));
    const int marks = below(5);
    for (int i = 0; i < marks; ++i) add_mark(panel);
    const double size = magnitude();
    for (int i = below(6); i > 0; --i) chance(0.5) ? panel.rule_x(size * normal(), name()) : panel.rule_y(size * normal(), name());
    for (int i = below(6); i > 0; --i) panel.note(size * normal(), size * normal(), name());
    return panel;
  }

 private:
  double uniform() { return random_.uniform(next_++); }
  double normal() { return random_.normal(next_++); }
  int below(int n) { return static_cast<int>(random_.below(next_++, static_cast<std::uint64_t>(n))); }
  bool chance(double p) { return uniform() < p; }
  double magnitude() { return chance(0.7) ? 1 : std::pow(10, 60 * uniform() - 30); }

  std::string name() {
    static const std::vector<std::string> words = {"loss",    "of",           "layer_norm_12", "training", "<script>", "a & b",
                                                   "MMMMWWW", "\u6f22\u5b57", "\u0416\u0449",  "\xff\x01", "0.5",      "ill"};
    std::string text;
    for (int i = chance(0.2) ? 0 : chance(0.1) ? 30 : 1 + below(4); i > 0; --i)
      text += (text.empty() ? "" : " ") + words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
    return text;
  }

  std::vector<std::string> names(std::size_t n) {
    std::vector<std::string> all(n);
    for (std::string& each : all) each = name();
    return all;
  }

  Axis axis() {
    Axis axis = {.label = chance(0.6) ? name() : "", .logarithmic = chance(0.25), .shown = !chance(0.1)};
    if (chance(0.1)) axis.low = 0.1, axis.high = 0.1 + 10 * uniform() + 1e-3;
    for (int i = chance(0.1) ? 1 + below(20) : 0; i > 0; --i) axis.ticks.emplace_back(normal(), name());
    return axis;
  }

  std::vector<double> values(std::size_t n) {
    const double size = magnitude(), middle = chance(0.2) ? 1e3 * size : 0;
    const bool constant = chance(0.1), odd = chance(0.2);
    std::vector<double> all(n);
    for (double& v : all) {
      v = middle + (constant ? size : size * normal());
      if (odd && chance(0.1)) v = chance(0.5) ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    }
    return all;
  }

  std::vector<double> places(std::size_t n) {
    std::vector<double> all(n);
    double at = normal();
    for (double& v : all) v = at += 0.1 + uniform();
    return all;
  }

  Mark mark() {
    return {.name = chance(0.7) ? name() : "", .width = 0.5 + 3 * uniform(), .size = 1 + 3 * uniform(), .dashed = chance(0.2)};
  }

  Field field() {
    Field field = {places(static_cast<std::size_t>(1 + below(20))), places(static_cast<std::size_t>(1 + below(20))), {}};
    field.values = values(field.x.size() * field.y.size());
    return field;
  }

  std::vector<Picture> pictures() {
    std::vector<Picture> all(static_cast<std::size_t>(1 + below(12)));
    for (Picture& p : all) {
      p = {1 + below(9), 1 + below(9), chance(0.5) ? 1 : 3, {}, name()};
      for (int i = 0; i < p.height * p.width * p.channels; ++i) p.bytes.push_back(static_cast<std::uint8_t>(below(256)));
    }
    return all;
  }

  void add_mark(Panel& panel) {
    const auto n = static_cast<std::size_t>(chance(0.1) ? 0 : 1 + below(40));
    switch (below(9)) {
      case 0: panel.line(values(n), values(n), mark()); break;
      case 1: panel.band(places(n), values(n), values(n), mark()); break;
      case 2: panel.scatter(values(n), values(n), mark()); break;
      case 3: panel.bars(names(n), values(n), chance(0.5) ? values(n) : std::vector<double>{}, mark()); break;
      case 4: panel.histogram(values(n), {.bins = chance(0.5) ? below(30) : 0, .density = chance(0.5)}, mark()); break;
      case 5: panel.density(values(n), mark()); break;
      case 6: {
        std::vector<Ridge> ridges(n);
        for (Ridge& ridge : ridges) ridge = {name(), values(static_cast<std::size_t>(below(30)))};
        panel.ridges(ridges, mark());
        break;
      }
      case 7: panel.contours(field(), {.levels = 1 + below(20), .logarithmic = chance(0.3), .filled = chance(0.5)}); break;
      default: {
        const Field f = field();
        const bool named = chance(0.5);
        panel.cells(f, {named ? names(f.x.size()) : std::vector<std::string>{},
                        named ? names(f.y.size()) : std::vector<std::string>{}, chance(0.5)});
      }
    }
  }

  cambium::Random random_;
  std::uint64_t next_ = 0;
};

}  // namespace

cambium::plot::Panel random_panel(std::uint64_t seed) { return Maker(seed).panel(); }

}  // namespace cambium_tests
