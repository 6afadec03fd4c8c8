#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/layer.h"
#include "cambium/framework/base/text.h"

namespace cambium {
namespace {

std::string of(std::size_t n, const std::string& what) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += what;
  return text;
}

TEST_CASE("letters of any script are shown as they are") {
  for (const std::string text : {"", "dense_1.weight", "größe", "层.权重", "Ð¡Ñ‚", "🙂", "a b~", "it's"})
    CHECK(shown(text) == text);
  CHECK(in_quotes("plain") == "'plain'");
  CHECK(in_quotes("it's") == "'it\\'s'");
  CHECK(shown("C:\\x1b") == "C:\\\\x1b");  // not to be taken for an escape
}

TEST_CASE("names beside each other, and of many the first, the last, and how many") {
  CHECK(some_of({}) == "");
  CHECK(some_of({"a"}) == "'a'");
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back(std::to_string(i));
  CHECK(some_of(names) == "'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'");
  names.insert(names.end(), {"it's", of(50, "x")});
  CHECK(some_of(names) == "'0', '1', '2', '3', '4', '5', '6', '7', '8', ..., '" + of(37, "x") + "...' (12 in all)");
}

TEST_CASE("what a terminal would act on, or nobody sees, is written out") {
  struct Case {
    std::string text, shown;
  };
  const std::vector<Case> cases = {{"\x1b[2J", "\\x1b[2J"},
                                   {"\a", "\\x07"},
                                   {std::string("\0", 1), "\\x00"},
                                   {"a\nb\r\t", "a\\x0ab\\x0d\\x09"},
                                   {"\x7f", "\\x7f"},
                                   {"\xc2\x9b", "\\u{9b}"},
                                   {"\xc2\x85", "\\u{85}"},
                                   {"\xe2\x80\xae", "\\u{202e}"},
                                   {"\xe2\x81\xa6", "\\u{2066}"},
                                   {"\xe2\x80\x8f", "\\u{200f}"},
                                   {"\xe2\x80\x8b", "\\u{200b}"},
                                   {"\xe2\x80\xa8", "\\u{2028}"},
                                   {"\xef\xbb\xbf", "\\u{feff}"},
                                   {"\xd8\x9c", "\\u{61c}"},
                                   {"\xf3\xa0\x81\x81", "\\u{e0041}"},
                                   {"\xc2\xad", "\\u{ad}"}};
  for (const Case& c : cases) {
    CHECK(shown(c.text) == c.shown);
    CHECK(screenful("x" + c.text) == (c.text[0] == 'a' ? "xa\nb\\x0d\\x09" : "x" + c.shown));
    CHECK(screenful(screenful(c.text)) == screenful(c.text));
  }
}

TEST_CASE("what is no UTF-8 is written out byte by byte") {
  CHECK(shown("\xff\x80") == "\\xff\\x80");
  CHECK(shown("\xc3") == "\\xc3");  // cut off
  CHECK(shown("\xc3(") == "\\xc3(");
  CHECK(shown("\xc0\x9b") == "\\xc0\\x9b");           // ESC in two bytes
  CHECK(shown("\xe0\x80\x9b") == "\\xe0\\x80\\x9b");  // and in three
  CHECK(shown("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // half of a surrogate
  CHECK(shown("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(shown("\x9b") == "\\x9b");
  // Whatever comes: no byte is left that a terminal acts on.
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)}, safe = shown(text);
      CHECK(std::none_of(safe.begin(), safe.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
      CHECK(safe.find("\xc2\x9b") == std::string::npos);
    }
}

TEST_CASE("a long text is cut, in columns, and never inside a character") {
  CHECK(shown(of(80, "n")) == of(80, "n"));
  CHECK(shown(of(81, "n")) == of(77, "n") + "...");
  CHECK(shown(of(100, "n"), 10) == "nnnnnnn...");
  CHECK(shown(of(100, "\x1b"), 13) == "\\x1b\\x1b...");
  CHECK(shown(of(100, "é"), 10) == of(7, "é") + "...");
  CHECK(shown(of(100, "层"), 10) == of(3, "层") + "...");  // two columns each
  CHECK(in_quotes(of(1'000'000, "n"), 10) == "'nnnnnnn...'");
}

TEST_CASE("a message is at most a screen long, and keeps its end") {
  const auto rows = [](const std::string& text) {
    return static_cast<long>(text.size() / 80) + 1 + std::count(text.begin(), text.end(), '\n');
  };
  CHECK(screenful(of(1600, "n")) == of(1600, "n"));
  const std::string one = screenful("begin" + of(5000, "n") + "end");
  CHECK(one.size() <= 1600);
  CHECK(one.size() > 1500);
  CHECK(one.starts_with("begin"));
  CHECK(one.ends_with("end"));
  CHECK(one.find(" ... ") != std::string::npos);
  for (const std::string line : {"\n", "a\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"}) {
    const Error error(of(300'000, line) + "\nlast line", "something else" + of(100'000, line));
    CHECK(rows(error.what()) <= 24);
    CHECK(rows(error.problem()) <= 24);
    CHECK(error.problem().find("last line") != std::string::npos);
    CHECK(error.remedy().starts_with("something else"));
  }
}

TEST_CASE("an error can be printed, whatever was put into it") {
  const Error error("file \x1b]0;title\a: two\nlines", "\xe2\x80\xae");
  CHECK(error.problem() == "file \\x1b]0;title\\x07: two\nlines");
  CHECK(error.remedy() == "\\u{202e}");
  CHECK(std::string(error.what()) == "file \\x1b]0;title\\x07: two\nlines; try \\u{202e}");
  const Error again("again " + error.problem(), error.remedy());
  CHECK(again.problem() == "again " + error.problem());
}

TEST_CASE("the nearest name") {
  const std::vector<std::string> names = {"conv_bn", "mlp", "evil\x1b"};
  CHECK(did_you_mean("conv_bm", names) == " (did you mean 'conv_bn'?)");
  CHECK(did_you_mean("evil", names) == " (did you mean 'evil\\x1b'?)");
  CHECK(did_you_mean("something else", names).empty());
  CHECK(did_you_mean("", names).empty());
  // A million letters against a million, and many names, are not compared to the end.
  CHECK(did_you_mean(of(1'000'000, "a"), std::vector<std::string>{of(1'000'000, "b")}).empty());
  CHECK(did_you_mean(of(100, "a"), std::vector<std::string>(1'000'000, of(90, "b"))).empty());
}

TEST_CASE("the nearest name goes on behind what was typed") {
  const auto meant = [](const std::string& typed, const std::vector<std::string>& names) { return did_you_mean(typed, names); };
  const std::vector<std::string> names = {"id", "Price (EUR)", "rooms_in_all", "rooms"};
  CHECK(meant("price", names) == " (did you mean 'Price (EUR)'?)");
  CHECK(meant("pri", names).empty());                                                 // it goes on with a letter
  CHECK(meant("pri", {"prices", "pri\xc3\xa4mie-3", "pri2 of it"}).empty());          // or a digit
  CHECK(meant("rooms", {"a", "rooms_in_all"}) == " (did you mean 'rooms_in_all'?)");  // not a letter
  CHECK(meant("rooms", {"a", "rooms in all", "rooms in use"}).empty());               // which of them?
  CHECK(meant("in", {"a", "in all of them"}).empty());                                // too short
  CHECK(meant("room", {"rooms", "room in all of them"}) == " (did you mean 'rooms'?)");
}

TEST_CASE("what a number of state can be") {
  CHECK(Allowed().holds(-1e300));
  CHECK_FALSE(Allowed().holds(INFINITY));
  CHECK_FALSE(Allowed().holds(NAN));
  CHECK(allowed::variance.holds(0));
  CHECK_FALSE(allowed::variance.holds(-1));
  CHECK_FALSE(allowed::variance.holds(-1e-300));
  CHECK(allowed::value.holds(-1e30));
  CHECK(allowed::value.holds(1e300) == (sizeof(real) == 8));
  CHECK(allowed::count.holds(7));
  CHECK_FALSE(allowed::count.holds(7.5));
  CHECK_FALSE(allowed::count.holds(-1));
  CHECK(allowed::count.str() == "a whole number from 0 to 9007199254740992");
  CHECK(Allowed().str() == "a finite number");
}

}  // namespace
}  // namespace cambium
