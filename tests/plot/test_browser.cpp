// Pages as a browser shows them; what it measures is in tests/pages.sh and measure.js.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "cambium/framework/plot/figure.h"
#include "tests/data/temp_folder.h"
#include "tests/plot/random_panel.h"
#include "tests/plot/sample_page.h"

namespace cambium::plot {
namespace {

using cambium_tests::read_bytes;
using cambium_tests::TempFolder;

TEST_CASE("slow: in a browser nothing is cut off, no two texts meet, and all can be read") {
  const char* kept = std::getenv("CAMBIUM_PAGES");  // a folder for the pages and their screenshots
  const TempFolder folder;
  const std::string place = kept ? kept : folder.path();
  cambium_tests::sample_page().save(place + "/sample.html");
  cambium_tests::random_page(120).save(place + "/random.html");
  Figure({cambium_tests::random_panel(7), cambium_tests::random_panel(8)}).save(place + "/figure.svg");
  // What must be found: two texts on each other, one beyond the border, one that is hardly seen, a script, something from
  // elsewhere.
  cambium_tests::write_bytes(
      place + "/wrong.html",
      "<!DOCTYPE html><html><body style=\"background:#fff;color:#777\"><p>pale</p><img src=\"x.png\" alt=\"\">"
      "<script>1</script><svg viewBox=\"0 0 100 50\" width=\"100\"><text x=\"0\" y=\"20\">one</text>"
      "<text x=\"9\" y=\"22\">two</text><text x=\"90\" y=\"40\">three</text></svg></body></html>");
  const auto run = [&](const std::string& arguments) {
    const std::string command =
        fmt::format("bash '{}/tests/pages.sh' {} >'{}' 2>&1 </dev/null", CAMBIUM_SOURCE, arguments, folder.file("said"));
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  const std::string shots = kept ? "--shots '" + place + "' " : "";
  const int status = run(shots + "'" + place + "/sample.html' '" + place + "/random.html' '" + place + "/figure.svg'");
  const std::string said = read_bytes(folder.file("said"));
  if (status == 77) {
    std::printf("%s", said.c_str());
    return;
  }
  CHECK_MESSAGE(status == 0, said);
  CHECK(run("'" + place + "/wrong.html'") == 1);
  const std::string faults = read_bytes(folder.file("said"));
  for (const char* fault :
       {"has scripts", "contrast of 4.5: pale", "asks for something: ", "meet: two | one", "leaves its picture: three"})
    CHECK_MESSAGE(faults.find(fault) != std::string::npos, faults);
}

}  // namespace
}  // namespace cambium::plot
