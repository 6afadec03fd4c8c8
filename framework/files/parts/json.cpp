#include "cambium/framework/files/parts/json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "cambium/framework/base/describe.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"

namespace cambium {
namespace {

constexpr std::size_t deepest = 16;

// Puts what it is handed where it belongs: into the innermost list or object that is still open.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const std::string& who) : who_(who) {}

  Json take() { return std::move(root_); }

  bool null() override { return put(Json()); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& text) override { return put(std::move(text)); }
  bool binary(binary_t&) override { fail("binary data"); }

  bool start_object(std::size_t) override { return open(Json::Fields()); }
  bool start_array(std::size_t) override { return open(Json::List()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!open_.back().names.insert(name).second) fail("the name " + in_quotes(name) + " is there twice");
    open_.back().name = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception& error) override {
    constexpr int too_large = 406;
    if (error.id == too_large) fail("the number " + in_quotes(token, 40) + " is too large");
    fail(fmt::format("no JSON from its byte {} on", position));
  }

 private:
  struct Open {
    Json value;
    std::string name;             // of the field that comes next
    std::set<std::string> names;  // that came
  };

  [[noreturn]] void fail(const std::string& what) const { throw Error(who_ + ": " + what, "another copy, this one is damaged"); }

  bool put(Json value) {
    if (open_.empty())
      root_ = std::move(value);
    else if (auto* list = std::get_if<Json::List>(&open_.back().value.value))
      list->push_back(std::move(value));
    else
      std::get<Json::Fields>(open_.back().value.value).emplace_back(std::move(open_.back().name), std::move(value));
    return true;
  }

  bool open(Json value) {
    if (open_.size() == deepest) fail(fmt::format("nested deeper than {}", deepest));
    open_.push_back({std::move(value), "", {}});
    return true;
  }

  bool close() {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(done));
  }

  const std::string& who_;
  Json root_;
  std::vector<Open> open_;
};

std::string quoted(const std::string& text, const std::string& who) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(who + ": " + in_quotes(text) + " is not UTF-8", "plain letters");
  }
}

struct Writer {
  const std::string& who;
  std::string& text;

  void operator()(std::nullptr_t) { text += "null"; }
  void operator()(bool value) { text += value ? "true" : "false"; }
  void operator()(double value) {
    if (!std::isfinite(value)) throw Error(who + ": JSON has no number that is not finite", "a finite one");
    text += value == 0 && std::signbit(value) ? "-0.0" : text_of(value);  // -0 would be read as a whole number, without its sign
  }
  void operator()(const std::string& value) { text += quoted(value, who); }
  void operator()(const Json::List& list) {
    text += "[";
    for (const Json& each : list) {
      if (&each != list.data()) text += ",";
      std::visit(*this, each.value);
    }
    text += "]";
  }
  void operator()(const Json::Fields& fields) {
    text += "{";
    for (const auto& [name, each] : fields) {
      if (text.back() != '{') text += ",";
      text += quoted(name, who) + ":";
      std::visit(*this, each.value);
    }
    text += "}";
  }
};

}  // namespace

const Json* Json::field(const std::string& name) const {
  if (const auto* fields = as<Fields>())
    for (const auto& [each, found] : *fields)
      if (each == name) return &found;
  return nullptr;
}

std::string Json::kind() const {
  constexpr const char* kinds[] = {"null", "true or false", "a number", "a text", "a list", "an object"};
  return kinds[value.index()];
}

Json parse_json(const std::string& text, const std::string& who) {
  Builder builder(who);
  nlohmann::json::sax_parse(text, &builder);
  return builder.take();
}

std::string json_text(const Json& json, const std::string& who) {
  std::string text;
  std::visit(Writer{who, text}, json.value);
  return text;
}

}  // namespace cambium
