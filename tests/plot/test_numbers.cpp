// Ticks, numbers, text and scales.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "cambium/framework/plot/parts/scale.h"
#include "cambium/framework/plot/parts/svg.h"
#include "cambium/framework/plot/parts/text_width.h"
#include "cambium/framework/plot/parts/ticks.h"

namespace cambium::plot {
namespace {

std::string labels(const Ticks& ticks) {
  std::string text;
  for (const auto& tick : ticks) text += (text.empty() ? "" : " ") + tick.second;
  return text;
}

TEST_CASE("numbers are written short") {
  CHECK(short_number(0) == "0");
  CHECK(short_number(-1.5) == "\u22121.5");
  CHECK(short_number(0.25) == "0.25");
  CHECK(short_number(0.001) == "0.001");
  CHECK(short_number(0.00025) == "2.5e\u22124");
  CHECK(short_number(1234, 4) == "1234");
  CHECK(short_number(9999) == "10k");  // rounded to three digits first
  CHECK(short_number(15000) == "15k");
  CHECK(short_number(-2.5e6) == "\u22122.5M");
  CHECK(short_number(3e9) == "3e9");
  CHECK(short_number(1e30) == "1e30");
  CHECK(short_number(1e-30) == "1e\u221230");
  CHECK(short_number(1.0 / 3) == "0.333");
  CHECK(short_number(std::nan("")) == "nan");
  CHECK(short_number(-std::numeric_limits<double>::infinity()) == "\u2212inf");
}

TEST_CASE("ticks are round, and as many as there is room for") {
  CHECK(labels(round_ticks(0, 1, 5)) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(labels(round_ticks(-1.3, 1.2, 5)) == "\u22121 \u22120.5 0 0.5 1");
  CHECK(labels(round_ticks(0, 30, 6)) == "0 5 10 15 20 25 30");
  CHECK(labels(round_ticks(0, 20000, 4)) == "0 5000 10k 15k 20k");
  CHECK(labels(round_ticks(0, 2e6, 4)) == "0 500k 1M 1.5M 2M");
  CHECK(labels(round_ticks(1e30, 3e30, 2)) == "1e30 2e30 3e30");
  CHECK(labels(round_ticks(0, 4e-30, 2)) == "0 2e\u221230 4e\u221230");
  CHECK(labels(round_ticks(1000000, 1000000.4, 4)) == "1M 1.0000001M 1.0000002M 1.0000003M 1.0000004M");
  for (const double low : {-1e300, -17.3, 0.0, 3e-9, 1e12})
    for (const double width : {1e-6, 1.0, 12.0, 1e5, 1e299})
      for (int most = 1; most < 12; ++most) {
        const double high = low + width * std::max(1.0, std::fabs(low));
        const Ticks ticks = round_ticks(low, high, most);
        CAPTURE(low);
        CAPTURE(high);
        CAPTURE(most);
        CHECK(ticks.size() <= static_cast<std::size_t>(most) + 1);
        for (std::size_t i = 0; i < ticks.size(); ++i) {
          CHECK(ticks[i].first >= low - 1e-6 * (high - low));
          CHECK(ticks[i].first <= high + 1e-6 * (high - low));
          CHECK((i == 0 || ticks[i].second != ticks[i - 1].second));  // digits enough to tell them apart
        }
      }
}

TEST_CASE("ticks of a logarithmic axis are powers of ten") {
  CHECK(labels(decade_ticks(0.001, 100, 10)) == "0.001 0.01 0.1 1 10 100");
  CHECK(labels(decade_ticks(1e-12, 1, 5)) == "1e\u221212 1e\u22129 1e\u22126 0.001 1");
  CHECK(labels(decade_ticks(1, 50, 5)) == "1 2 5 10 20 50");
  CHECK(labels(decade_ticks(2.1, 2.9, 5)) == "2.2 2.4 2.6 2.8");
}

TEST_CASE("a scale maps the ends of an axis to the ends of a picture") {
  const Scale line(-2, 2, false, 10, 110), factor(0.01, 100, true, 200, 0);
  CHECK(line(-2) == doctest::Approx(10));
  CHECK(line(0) == doctest::Approx(60));
  CHECK(factor(1) == doctest::Approx(100));
  CHECK(factor(0.1) == doctest::Approx(150));
  CHECK(std::isnan(factor(0)));
  CHECK(std::isnan(line(std::nan(""))));
  CHECK(line(1e308) == 1e6);
  CHECK(line.shows(2));
  CHECK_FALSE(line.shows(2.01));
}

TEST_CASE("an axis has a width whatever its data are") {
  const auto range = [](const std::vector<double>& values, bool logarithmic, const Axis& axis = {}) {
    Reach reach(logarithmic);
    for (const double v : values) reach.loose(v);
    return reach.range(axis);
  };
  for (const bool logarithmic : {false, true})
    for (const std::vector<double>& values : {std::vector<double>{},
                                              {5},
                                              {7, 7, 7},
                                              {1e30},
                                              {1e-30},
                                              {-3},
                                              {0},
                                              {1e-310},
                                              {1e308, -1e308},
                                              {1, 1 + 1e-15},
                                              {NAN, INFINITY}}) {
      const auto [low, high] = range(values, logarithmic);
      CAPTURE(logarithmic);
      CAPTURE(values.size());
      CHECK(std::isfinite(low));
      CHECK(std::isfinite(high));
      CHECK(high - low > 0);
      for (const double v : values)
        if (std::isfinite(v) && std::fabs(v) < 1e300 && (!logarithmic || v > 1e-300)) {
          CHECK(v >= low);
          CHECK(v <= high);
        }
    }
  CHECK(range({0, 10}, false) == std::pair(-0.4, 10.4));
  CHECK(range({0, 10}, false, {.low = 0.0, .high = 8.0}) == std::pair(0.0, 8.0));
  CHECK(range({0, 10}, false, {.low = 20.0}).second > 20);  // beyond all data
  Reach tight(false);
  tight.tight(0), tight.loose(10);
  CHECK(tight.range({}) == std::pair(0.0, 10.4));
}

TEST_CASE("text stays text") {
  CHECK(escaped("<script>alert('1 & \"2\"')</script>") == "&lt;script&gt;alert(&#39;1 &amp; &quot;2&quot;&#39;)&lt;/script&gt;");
  CHECK(escaped("a\nb\tc") == "a b c");
  CHECK(escaped_lines("a\nb\x01") == "a\nb\ufffd");
  CHECK(escaped(std::string("\0\x1b[31m\x7f", 7)) == "\ufffd\ufffd[31m\ufffd");
  CHECK(escaped("\xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80") == "\u00e9 \u6f22 \U0001f600");
  CHECK(escaped("\xff\xc3 \xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80") ==
        "\ufffd\ufffd \ufffd\ufffd\ufffd \ufffd\ufffd \ufffd\ufffd\ufffd\ufffd");  // no UTF-8: byte by byte
  CHECK(escaped("a\u202eb\u2066\u2028") == "a\ufffdb\ufffd\ufffd");                // what turns the direction of writing
  CHECK(escaped("\xef\xbf\xbf") == "\ufffd");                                      // no character of XML
}

TEST_CASE("numbers of a path have one decimal, and steps are short") {
  CHECK(px(12.34) == "12.3");
  CHECK(px(-0.04) == "0");
  CHECK(px(-0.5) == "-.5");
  CHECK(px(std::nan("")) == "0");
  CHECK(px(1e300) == "1000000");
  PathText path;
  path.lines({{10, 20}, {10.04, 20}, {12.5, 19.5}, {12.5, 30}});
  path.close();
  path.dot({11, 21});
  CHECK(path.text() == "m10 20l2.5-.5l0 10.5zm1 1h0");
}

TEST_CASE("text is cut and wrapped to a width") {
  CHECK(cut_to("short", 100, 12) == "short");
  const std::string cut = cut_to("a text that is far too long", 80, 12);
  CHECK(cut.find("a text") == 0);
  CHECK(cut.substr(cut.size() - 3) == "\u2026");
  CHECK(text_width(cut, 12) <= 80);
  CHECK(cut_to("wide", 3, 12) == "");
  CHECK(text_width("\u6f22\u5b57", 10) > text_width("ab", 10));
  const auto lines = wrapped("words that take several lines of a title", 100, 12, 3);
  CHECK(lines.size() == 3);
  for (const std::string& line : lines) CHECK(text_width(line, 12) <= 100);
  CHECK(wrapped("", 100, 12, 3).empty());
  CHECK(wrapped("one", 100, 12, 3) == std::vector<std::string>{"one"});
  CHECK(wrapped(std::string(500, 'x'), 100, 12, 3).size() == 1);
}

}  // namespace
}  // namespace cambium::plot
