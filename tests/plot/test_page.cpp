// Files: figures as SVG, pages as HTML.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/plot/page.h"
#include "cambium/framework/plot/parts/pictures.h"
#include "tests/data/temp_folder.h"
#include "tests/plot/random_panel.h"
#include "tests/plot/xml.h"
#include "tests/support/error_text.h"

namespace cambium::plot {
namespace {

using cambium_tests::contents_of;
using cambium_tests::count_of;
using cambium_tests::random_panel;
using cambium_tests::read_bytes;
using cambium_tests::TempFolder;
using cambium_tests::write_bytes;
using cambium_tests::xml_fault;
using Numbers = std::vector<double>;

Panel curve(const std::string& title) { return Panel(title).line(Numbers{0, 1}, Numbers{0, 1}); }

TEST_CASE("the checker of XML finds what is wrong") {
  CHECK(xml_fault("<a b=\"c\"><d/>e &lt;</a>") == "");
  for (const char* wrong : {"<a>", "</a>", "<a></b>", "<a b=c/>", "<a b=\"1\" b=\"2\"/>", "<a>&</a>", "<a>&b;</a>", "<a>\x01</a>",
                            "<a b=\"<\"/>", "<a"})
    CHECK(xml_fault(wrong) != "");
}

TEST_CASE("panels stand in rows, and a wide one has a row of its own") {
  const std::string svg = Figure({curve("a"), curve("b"), curve("c").wide(), curve("d")}).svg();
  for (const char* place : {"\"translate(16 16)\"", "\"translate(440 16)\"", "\"translate(16 300)\"", "\"translate(16 584)\""})
    CHECK(count_of(svg, place) == 1);
  CHECK(count_of(svg, "viewBox=\"0 0 856 860\"") == 1);
  CHECK(contents_of(svg, "title").at(0) == "a; b; c; d");
  CHECK(count_of(Figure({curve("a")}).svg(), "viewBox=\"0 0 432 292\"") == 1);
  CHECK(xml_fault(Figure({}).svg()) == "");
}

TEST_CASE("files are written whole, or an error names them") {
  const TempFolder folder;
  const Figure figure({curve("a")});
  figure.save(folder.file("a.svg"));
  CHECK(read_bytes(folder.file("a.svg")) == figure.svg());
  Page page("p");
  page.save(folder.file("p.html"));
  CHECK(read_bytes(folder.file("p.html")) == page.html());
  const std::string nowhere = folder.file("no/a.svg");
  CHECK(error_of([&] { figure.save(nowhere); }).find(nowhere + ": cannot be written") == 0);
  CHECK(error_of([&] { page.save(nowhere); }).find(nowhere + ": cannot be written") == 0);
}

TEST_CASE("a page is text and pictures, and nothing that acts") {
  const std::string bad = "<script>alert(1)</script> & \x01\xff";
  Page page(bad, bad);
  page.heading(bad).paragraph(bad).code(bad + "\n  second line");
  page.figure(bad, Figure({curve(bad), curve("wide").wide()}), {bad, bad, bad});
  page.table({{bad, "number"}, {{bad, "1.5"}}}, bad);
  for (std::uint64_t seed = 0; seed < 20; ++seed) page.figure("random", Figure({random_panel(seed), random_panel(seed + 100)}));
  const std::string html = page.html();
  CHECK(xml_fault(html, {"meta"}) == "");
  for (const char* part : {"<script", "http", "onload", "url(", "@import", "<link", "<iframe"}) CHECK(count_of(html, part) == 0);
  CHECK(count_of(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; \ufffd\ufffd") >= 12);
  CHECK(html.find("<!DOCTYPE html>\n<html lang=\"en\">") == 0);
  CHECK(count_of(html, "<style>") == 1);
  CHECK(count_of(html, "  second line") == 1);
  CHECK(count_of(html, "row wide\"") >= 1);
  CHECK(count_of(html, "row wide\"") == count_of(html, "row narrow\""));  // a wide panel is drawn twice
  CHECK(count_of(html, "<svg") == count_of(html, "role=\"img\""));
}

TEST_CASE("three panels in a row are drawn narrower, in letters of the same size") {
  const auto wide_boxes = [](int columns) {
    const std::string html = Page("p").figure("f", Figure({curve("a"), curve("b"), curve("c")}, columns)).html();
    return std::pair(count_of(html, "viewBox=\"0 0 400 260\""), count_of(html, "viewBox=\"0 0 300 260\""));
  };
  CHECK(wide_boxes(2) == std::pair(3, 0));
  CHECK(wide_boxes(3) == std::pair(0, 3));
}

TEST_CASE("numbers of a table are set to the right") {
  Page page("p");
  page.table({{"name", "value"}, {{"a 1", "\u22121.5"}, {"b", "88.2 \u00b1 0.1 %"}, {"e", "1e-3"}, {"12k", "n/a"}}});
  const std::string html = page.html();
  for (const char* cell : {"<td class=\"number\">\u22121.5</td>", "<td class=\"number\">88.2 \u00b1 0.1 %</td>",
                           "<td class=\"number\">1e-3</td>", "<td class=\"number\">12k</td>", "<td>a 1</td>", "<td>b</td>",
                           "<td>e</td>", "<td>n/a</td>", "<th>name</th>", "<th class=\"number\">value</th>"})
    CHECK(count_of(html, cell) == 1);
  CHECK(error_of([&] {
          page.table({{"a", "b"}, {{"1", "2"}, {"3"}}}, "t");
        }) == "plot: table 't': row 1 has 1 cells, and there are 2 columns; try a cell for each column");
}

// The bytes behind "base64,".
std::vector<std::uint8_t> decoded(const std::string& uri) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> bytes;
  unsigned bits = 0, count = 0;
  for (std::size_t i = uri.find(',') + 1; i < uri.size() && uri[i] != '='; ++i) {
    bits = bits << 6 | static_cast<unsigned>(letters.find(uri[i])), count += 6;
    if (count >= 8) count -= 8, bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  return bytes;
}

TEST_CASE("a picture in a page is the picture") {
  for (int width = 1; width < 8; ++width)
    for (const int channels : {1, 3}) {
      Picture picture = {3, width, channels, {}, ""};
      for (int i = 0; i < 3 * width * channels; ++i) picture.bytes.push_back(static_cast<std::uint8_t>(i * 41));
      const std::string uri = data_uri(picture);
      CHECK(uri.find("data:image/png;base64,") == 0);
      CHECK((uri.size() - uri.find(',') - 1) % 4 == 0);
      const cambium::Picture read = decode_picture(decoded(uri), "test");
      CHECK(read.channels == channels);
      CHECK(read.width == width);
      bool same = true;
      for (int c = 0; c < channels; ++c)
        for (int i = 0; i < 3 * width; ++i)
          same = same && read.bytes[static_cast<std::size_t>(c * 3 * width + i)] ==
                             picture.bytes[static_cast<std::size_t>(i * channels + c)];
      CHECK(same);
    }
}

}  // namespace
}  // namespace cambium::plot
