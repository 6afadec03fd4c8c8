// What is drawn for odd data, and what is refused.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cambium/framework/base/random.h"
#include "cambium/framework/plot/figure.h"
#include "cambium/framework/plot/panel.h"
#include "cambium/framework/plot/parts/drawing.h"
#include "tests/plot/random_panel.h"
#include "tests/plot/xml.h"
#include "tests/support/error_text.h"

namespace cambium::plot {
namespace {

using cambium_tests::contents_of;
using cambium_tests::count_of;
using cambium_tests::random_panel;
using cambium_tests::xml_fault;
using Numbers = std::vector<double>;
using Names = std::vector<std::string>;

// "" or what is wrong with the boxes of texts.
std::string text_fault(const Drawing& drawing) {
  const auto show = [](const Box& b) { return px(b.left) + " " + px(b.top) + " " + px(b.right) + " " + px(b.bottom) + "; "; };
  const auto& boxes = drawing.texts();
  std::string fault;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Box& a = boxes[i];
    if (std::min(a.left, a.top) < -1e-6 || a.right > drawing.width() + 1e-6 || a.bottom > drawing.height() + 1e-6)
      fault += "outside: " + show(a);
    for (std::size_t k = 0; k < i; ++k) {
      const Box& b = boxes[k];
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) fault += "they meet: " + show(a) + show(b);
    }
  }
  return fault;
}

bool shows(const std::string& svg, const std::string& text) {
  for (const std::string& each : contents_of(svg, "text"))
    if (each == text) return true;
  return false;
}

TEST_CASE("whatever is drawn, it is well formed, and no two texts meet or leave the picture") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Panel panel = random_panel(seed);
    CAPTURE(seed);
    for (const double width : {panel_width, wide_width}) {
      const Drawing drawing(panel, width);
      CHECK(text_fault(drawing) == "");
      CHECK(std::isfinite(drawing.height()));
      CHECK(drawing.texts().size() == static_cast<std::size_t>(count_of(drawing.elements(), "<text")));
    }
    const std::string svg = Figure({panel}).svg();
    CHECK(xml_fault(svg) == "");
    CHECK(count_of(svg, "<script") == 0);
    CHECK(count_of(svg, "http") == 1);  // the name of the format
    for (const char* part : {"nan\"", "nan ", "inf\"", "inf ", "url(", "@import", "href=\"h"}) CHECK(count_of(svg, part) == 0);
    CHECK(svg == Figure({random_panel(seed)}).svg());  // nothing is left to chance
  }
}

TEST_CASE("panels without data, with one value and with the same values are drawn") {
  CHECK(shows(Figure({Panel()}).svg(), "no data"));
  CHECK(shows(Figure({Panel().line(Numbers{1, NAN}, Numbers{NAN, 1})}).svg(), "no data"));
  CHECK(shows(Figure({Panel().x({.logarithmic = true}).scatter(Numbers{0, -1}, Numbers{1, 1})}).svg(), "no data"));
  const std::string one = Figure({Panel().line(Numbers{3}, Numbers{5})}).svg();
  CHECK_FALSE(shows(one, "no data"));
  CHECK(count_of(one, "h0\"") == 1);  // a point
  CHECK(shows(one, "3"));
  CHECK(shows(Figure({Panel().line(Numbers{0, 1}, Numbers{5, 5})}).svg(), "5"));
  CHECK(shows(Figure({Panel().line(Numbers{0, 1}, Numbers{1e30, 3e30})}).svg(), "2e30"));
  CHECK(shows(Figure({Panel().line(Numbers{0, 1}, Numbers{1e-30, 3e-30})}).svg(), "2e\u221230"));
}

TEST_CASE("values that are not finite break a line") {
  const auto pieces = [](const Numbers& y) {
    const std::string svg = Figure({Panel().line(Numbers{0, 1, 2, 3, 4}, y)}).svg();
    const std::size_t at = svg.find("<path class=\"line blue\"");
    return count_of(svg.substr(at, svg.find("/>", at) - at), "m");
  };
  CHECK(pieces({0, 1, 0, 1, 0}) == 1);
  CHECK(pieces({0, 1, NAN, 1, 0}) == 2);
  CHECK(pieces({0, INFINITY, 1, NAN, 2}) == 3);  // each point alone
}

TEST_CASE("a million points make a small file") {
  Numbers x, y;
  for (int i = 0; i < 1000000; ++i) x.push_back(i), y.push_back(std::sin(i * 1e-4) + 0.3 * std::sin(i * 1.7));
  CHECK(Figure({Panel().line(x, y)}).svg().size() < 25000);
  CHECK(Figure({Panel().scatter(x, y)}).svg().size() < 60000);
  CHECK(Figure({Panel().histogram(y).density(y)}).svg().size() < 20000);
  Field noise = {{x.begin(), x.begin() + 1000}, {x.begin(), x.begin() + 1000}, {}};
  for (std::uint64_t i = 0; i < 1000000; ++i) noise.values.push_back(Random(3).uniform(i));
  CHECK(Figure({Panel().cells(noise)}).svg().size() < 500000);
}

TEST_CASE("of forty names some are shown, and the others counted") {
  Panel panel;
  for (int i = 0; i < 40; ++i) panel.line(Numbers{0, 1}, Numbers{0, 1.0 * i}, {.name = "name " + std::to_string(i)});
  const std::string svg = Figure({panel}).svg();
  int shown = 0;
  for (int i = 0; i < 40; ++i) shown += shows(svg, "name " + std::to_string(i));
  CHECK(shown >= 6);
  CHECK(shows(svg, "+ " + std::to_string(40 - shown) + " more"));
}

TEST_CASE("colours are taken in turn") {
  const Numbers x = {0, 1};
  const std::string svg =
      Figure({Panel().line(x, x).line(x, x, {.colour = Colour::muted}).scatter(x, x).line(x, x, {.dashed = true})}).svg();
  for (const char* part : {"\"line blue\"", "\"line muted\"", "\"dot orange\"", "\"line green dash\""})
    CHECK(count_of(svg, part) == 1);
}

TEST_CASE("own ticks, names and labels are written as they are given") {
  Panel ticks("a panel");
  ticks.x({.label = "batch size", .logarithmic = true, .ticks = {{1, "one"}, {128, "many"}, {1e9, "beyond"}}});
  ticks.y({.label = "loss", .shown = false}).line(Numbers{1, 128}, Numbers{0, 1}).rule_y(0.5, "half").note(1, 1, "here");
  const std::string svg = Figure({ticks}).svg();
  for (const char* text : {"a panel", "batch size", "loss", "one", "many", "half", "here"}) CHECK(shows(svg, text));
  CHECK_FALSE(shows(svg, "beyond"));
  CHECK_FALSE(shows(svg, "0.5"));

  const Names names = {"<script>alert(1)</script>", "b"};
  const std::string cells = Figure({Panel().cells({{0, 1}, {0, 1}, {12, 0, 3, 4.5}}, {names, names, true})}).svg();
  CHECK(count_of(cells, "&lt;script&gt;alert") == 2);
  for (const char* text : {"12", "0", "3", "4.5"}) CHECK(shows(cells, text));
}

TEST_CASE("the first row of a named matrix is at the top") {
  const std::string svg = Figure({Panel().cells({{0, 1}, {0, 1}, {1, 2, 3, 4}}, {{"l", "r"}, {"up", "down"}, true})}).svg();
  const auto y = [&](const std::string& text) {
    const std::size_t end = svg.find(">" + text + "</text>"), at = svg.rfind(" y=\"", end);
    return std::stod(svg.substr(at + 4));
  };
  CHECK(y("up") < y("down"));
  CHECK(y("1") == y("2"));
  CHECK(y("2") < y("3"));
}

TEST_CASE("bars stand on zero as high as they are, and lie where their names are long") {
  const auto path = [](const Panel& panel) {
    const std::string svg = Figure({panel}).svg();
    const std::size_t at = svg.find("<path class=\"bar area blue\" d=\"");
    return svg.substr(at + 31, svg.find('"', at + 31) - at - 31);
  };
  const Numbers heights = {1, 2, 4};
  const Names names = {"a", "b", "c"}, long_names = {"a name", "one that has no room below its bar", "c"};
  // From the base up, across, and down again: the second and the third number of a bar's path are its way up.
  const auto ways = [&](const std::string& d, bool lying) {
    Numbers found;
    for (std::size_t at = 0; (at = d.find('m', at)) != std::string::npos; ++at) {
      std::size_t end = d.find('l', at), used = 0;
      const double x = std::stod(d.substr(end + 1), &used), y = std::stod(d.substr(end + 1 + used));
      found.push_back(std::fabs(lying ? x : y));
      CHECK((lying ? y : x) == 0);
    }
    return found;
  };
  for (const bool lying : {false, true}) {
    const Numbers way = ways(path(Panel().bars(lying ? long_names : names, heights, Numbers{0.5, 0, 0.25})), lying);
    REQUIRE(way.size() == 3);
    CHECK(way[1] == doctest::Approx(2 * way[0]).epsilon(0.01));
    CHECK(way[2] == doctest::Approx(4 * way[0]).epsilon(0.01));
  }
  const std::string svg = Figure({Panel().y({.label = "ms"}).bars(long_names, heights).rule_y(3, "limit")}).svg();
  for (const char* text : {"a name", "limit", "ms"}) CHECK(shows(svg, text));
  CHECK(count_of(svg, ">one that has no") == 1);
  CHECK(svg.find("<text class=\"label mid\"") != std::string::npos);  // the label is below now
  CHECK(shows(
      Figure({Panel().bars(names, heights, {}, {.name = "one"}).bars(Names{"d", "a"}, Numbers{1, 1}, {}, {.name = "two"})}).svg(),
      "d"));
}

TEST_CASE("labels of rules and notes stand where the data is not") {
  Numbers x, y;
  for (int i = 0; i <= 100; ++i) x.push_back(i), y.push_back(i < 50 ? 1.0 : 0.0);  // high on the left, low on the right
  const Drawing drawing(Panel().y({.low = 0.0, .high = 1.1}).line(x, y).rule_y(0.97, "a label"), panel_width);
  const std::string& svg = drawing.elements();
  const std::size_t end = svg.find(">a label</text>"), at = svg.rfind(" x=\"", end);
  CHECK(std::stod(svg.substr(at + 4)) > 250);
  Panel crowded;
  crowded.scatter(Numbers{0, 1}, Numbers{0, 1});
  for (int i = 0; i < 300; ++i) crowded.note(0.5, 0.5, "note " + std::to_string(i));
  const Drawing notes(crowded, panel_width);
  CHECK(text_fault(notes) == "");
  CHECK(count_of(notes.elements(), ">note ") >= 5);  // what has no room is left out
  CHECK(count_of(notes.elements(), ">note ") < 100);
}

TEST_CASE("what does not fit is refused by name") {
  Panel p("loss");
  const Numbers two = {1, 2}, three = {1, 2, 3};
  const auto refused = [&](auto act) { return error_of([&] { act(p); }); };
  CHECK(refused([&](Panel& a) { a.line(two, three); }) == "plot: panel 'loss': a line with 2 x and 3 y; try spans of one length");
  CHECK(refused([&](Panel& a) { a.scatter(three, two); }) ==
        "plot: panel 'loss': points with 3 x and 2 y; try spans of one length");
  CHECK(refused([&](Panel& a) { a.band(two, two, three); }) ==
        "plot: panel 'loss': a band with 2 x and 3 high; try spans of one length");
  CHECK(refused([&](Panel& a) {
          a.bars(Names{"a", "b"}, two, three);
        }) ==
        "plot: panel 'loss': bars with 2 names, 2 heights and 3 errors; try a height for each name, and an error for each or none");
  CHECK(refused([&](Panel& a) {
          a.contours({two, three, two});
        }) == "plot: panel 'loss': a field of 2 x and 3 y with 2 values; try as many values as x times y");
  CHECK(refused([&](Panel& a) {
          a.cells({{1, 1}, {0}, two});
        }) == "plot: panel 'loss': a field whose x number 1 is 1, after 1; try finite numbers that ascend");
  CHECK(refused([&](Panel& a) {
          a.cells({two, {0}, two}, {{"a"}, {}, false});
        }) == "plot: panel 'loss': cells in 2 columns with 1 names; try a name for each, or none");
  CHECK(refused([&](Panel& a) {
          a.contours({two, two, {1, 2, 3, 4}}, {.levels = 0});
        }) == "plot: panel 'loss': contours at 0 levels; try 1 to 100");
  CHECK(
      refused([&](Panel& a) {
        a.pictures(std::vector<Picture>{{2, 2, 3, {1, 2, 3}, ""}}, 1);
      }) ==
      "plot: panel 'loss': a picture of 2 x 2 pixels (height x width) and 3 channels with 3 bytes; try 1 or 3 channels, and a byte "
      "for each of every pixel");
  CHECK(refused([&](Panel& a) { a.pictures({}, 0); }) == "plot: panel 'loss': pictures in 0 columns; try 1 or more");
  CHECK(refused([&](Panel& a) { a.height(0); }) == "plot: panel 'loss': a height of 0 pixels; try 60 to 4000");
  CHECK(refused([&](Panel& a) { a.x({.low = 2.0, .high = 1.0}); }) ==
        "plot: panel 'loss': the x axis goes from 2 to 1; try .low < .high");
  CHECK(refused([&](Panel& a) { a.y({.low = 0.0, .logarithmic = true}); }) ==
        "plot: panel 'loss': the y axis is logarithmic and ends at 0; try a number above zero");
  CHECK(refused([&](Panel& a) { a.y({.high = NAN}); }) == "plot: panel 'loss': the y axis ends at nan; try a finite number");
  CHECK(refused([&](Panel& a) { a.histogram(two, {.bins = -1}); }) ==
        "plot: panel 'loss': a histogram of -1 bins; try 1 to 10000, or 0");
  CHECK(refused([&](Panel& a) { a.histogram(two, {.low = 1.0, .high = 1.0}); }) ==
        "plot: panel 'loss': a histogram from 1 to 1; try .low < .high");
  CHECK(error_of([] { Figure({}, 0); }) == "plot: a figure of 0 columns; try 1 or more");
}

}  // namespace
}  // namespace cambium::plot
