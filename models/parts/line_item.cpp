#include "cambium/models/parts/line_item.h"

#include <fmt/format.h>

#include <algorithm>

#include "cambium/framework/base/text.h"
#include "cambium/models/parts/line_layers.h"

namespace cambium::models::line {
namespace {

bool is_number(const std::string& text) {
  const std::size_t sign = text[0] == '-' || text[0] == '+' ? 1 : 0, point = sign + (text.substr(sign, 1) == "." ? 1 : 0);
  return point < text.size() && is_digit(text[point]);
}

// The values given so far, to the options of a layer or to its settings.
struct Given {
  const Options* options = nullptr;
  std::string has_no{};  // "conv2d has no option"
  std::vector<Field> fields{};

  const Field* find(const std::string& name) const {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name; });
    return found == fields.end() ? nullptr : &*found;
  }
};

class ItemReader {
 public:
  explicit ItemReader(const LayerText& text) : text_(text), words_(text.words) {}

  Item item() {
    name_before();
    kind();
    while (at_ < words_.size()) word();
    if (kind_->needs_number && layer_.find(number().name) == nullptr)
      throw fail(words_[kind_at_], fmt::format("{} needs a number, its {}", kind_->name, number().name),
                 fmt::format("'{} {}'", words_[kind_at_].text, usual_number()));
    return made();
  }

 private:
  Error fail(const Word& word, const std::string& problem, const std::string& remedy) const {
    return in_layer(text_, word.column, problem, remedy);
  }
  bool has(std::size_t i, const char* text) const { return i < words_.size() && words_[i].text == text; }
  const Option& number() const { return kind_->options.all.front(); }

  void name_before() {
    if (!has(1, ":")) return;
    name_ = words_[0].text;
    at_ = 2;
    if (at_ == words_.size()) throw fail(words_[1], "there is no layer after the name", "'head: dense 10'");
  }

  void kind() {
    kind_at_ = at_;
    const Word& word = words_[at_++];
    kind_ = find_kind(word.text);
    if (kind_ == nullptr) throw unknown_kind(word);
    if (kind_->joins)
      throw fail(word, kind_->name + " takes several inputs, and a line has no branches",
                 "a Graph in C++, with its call join(): models/residual.cpp has one");
    layer_ = {&kind_->options, kind_->name + " has no option"};
  }

  Error unknown_kind(const Word& word) const {
    const std::string& typed = word.text;
    if (find_kind(typed.substr(0, typed.find('('))) != nullptr)
      return fail(word, "what belongs to a layer stands behind it without brackets and commas", in_line_words(typed.substr(0, 40)));
    if (is_number(typed))
      return fail(word, "a layer begins with its kind, and not with a number", "'conv 16', or '3x(conv 16, relu)'");
    std::vector<std::string> names = kind_names();
    const std::vector<std::string> all = names, others = other_names();
    names.insert(names.end(), others.begin(), others.end());
    return fail(word, fmt::format("no layer is named {}{}", in_quotes(typed, 40), did_you_mean(typed, names)),
                fmt::format("{}", fmt::join(all, ", ")));
  }

  void word() {
    const Word& word = words_[at_++];
    Given& given = with_ ? settings_ : layer_;
    if (word.text == "as") return name_behind(word);
    if (word.text == "with" && !with_) return with(word);
    if (!with_ && word.text == "for_input" && !kind_->preset.empty()) {
      preset_ = true;
      return;
    }
    if (const Option* option = given.options->find(word.text)) return named(given, *option, word);
    if (const Option* option = word.text.size() == 1 ? meant(given, word, "5") : nullptr) return named(given, *option, word);
    if (word.text.rfind("no_", 0) == 0)
      if (const Option* option = given.options->find(word.text.substr(3)); option != nullptr && option->is_flag)
        return give(given, *option, word, "false");
    if (!with_ && is_number(word.text)) return bare_number(word);
    if (const std::string value = word.text.substr(1); !has(at_, "=") && !value.empty() && is_number(value))
      if (const Option* option = meant(given, word, value)) return give(given, *option, word, value);
    throw unknown_option(given, word);
  }

  void name_behind(const Word& word) {
    if (at_ == words_.size()) throw fail(word, "there is no name after 'as'", "'dense 10 as head'");
    if (!name_.empty()) throw fail(words_[at_], "the layer has a name already, " + in_quotes(name_, 40), "one of the two");
    name_ = words_[at_++].text;
  }

  void with(const Word& word) {
    with_ = true;
    if (at_ == words_.size()) throw fail(word, "there is no setting after 'with'", "'with rate=0.1'");
  }

  // name=value, name value; of a flag also its name alone.
  void named(Given& given, const Option& option, const Word& word) {
    const bool equals = has(at_, "=");
    if (equals) ++at_;
    const bool value = at_ < words_.size() && (equals || !option.is_flag || given.options->reads({option.name, words_[at_].text}));
    if (value) {
      const Word& text = words_[at_++];
      return give(given, option, text, text.text);
    }
    if (equals || !option.is_flag)
      throw fail(word, fmt::format("{} needs a value: {}", option.name, option.wanted), example(option));
    give(given, option, word, "true");
  }

  void bare_number(const Word& word) {
    if (!kind_->takes_number)
      throw fail(word, fmt::format("{} takes no number, and got {}", kind_->name, in_quotes(word.text, 40)),
                 layer_.options->all.empty() ? kind_->name + " alone" : "its options by name: " + listed(layer_));
    if (layer_.find(number().name) != nullptr)
      throw fail(
          word,
          fmt::format("{} takes one number, its {}, and {} is a second one", kind_->name, number().name, in_quotes(word.text, 40)),
          kind_->options.all.size() > 1 ? "options by name: " + listed(layer_) : "one number");
    give(layer_, number(), word, word.text);
  }

  // The one option that begins with this letter and takes a number: k5, k=5. Null where there is none.
  const Option* meant(const Given& given, const Word& word, const std::string& value) const {
    std::vector<const Option*> found;
    for (const Option& option : given.options->all)
      if (option.takes_number && option.name[0] == word.text[0]) found.push_back(&option);
    if (found.size() > 1)
      throw fail(word, fmt::format("{} may stand for {} or {}", in_quotes(word.text, 40), found[0]->name, found[1]->name),
                 fmt::format("{}={}", found[0]->name, value));
    return found.empty() ? nullptr : found[0];
  }

  void give(Given& given, const Option& option, const Word& word, const std::string& value) {
    if (const Field* before = given.find(option.name))
      throw fail(word, fmt::format("{} is given twice, {} and {}", option.name, in_quotes(before->value, 40), in_quotes(value, 40)),
                 "one of the two");
    const bool same = !with_ && value == "same" && option.name == "pad" && given.options->find("kernel") != nullptr;
    try {
      if (!same && !given.options->reads({option.name, value}))
        throw Error(fmt::format("{} is not {}", in_quotes(value, 40), option.wanted));
    } catch (const Error& error) {
      throw fail(word, fmt::format("{}: {}", option.name, error.problem()), example(option));
    }
    given.fields.push_back({option.name, value});
  }

  std::string example(const Option& option) const {
    return option.name + "=" + (option.standard.empty() ? usual_number() : option.standard);
  }
  std::string usual_number() const { return number().name == "kernel" ? "2" : "16"; }

  std::string listed(const Given& given) const {
    std::vector<std::string> names = given.options->names();
    if (!with_ && !kind_->preset.empty()) names.emplace_back("for_input");
    return fmt::format("{}", fmt::join(names, ", "));
  }

  Error unknown_option(const Given& given, const Word& word) const {
    if (find_kind(word.text) != nullptr)
      return fail(word, fmt::format("{} is a layer of its own", in_quotes(word.text, 40)), "a comma before it");
    std::vector<std::string> names = given.options->names();
    if (!with_ && !kind_->preset.empty()) names.emplace_back("for_input");
    for (const char* known : {"as", "with"}) names.emplace_back(known);
    if (given.options->all.empty())
      return fail(word, fmt::format("{}s, and got {}", given.has_no, in_quotes(word.text, 40)),
                  "a comma, if another layer begins here");
    return fail(word, fmt::format("{} {}{}", given.has_no, in_quotes(word.text, 40), did_you_mean(word.text, names)),
                listed(given));
  }

  // As much padding as keeps the size at a stride of 1.
  void resolve_same() {
    for (Field& field : layer_.fields) {
      if (field.value != "same") continue;
      const Field* kernel = layer_.find("kernel");
      Size2 size = 1;
      read_text(kernel != nullptr ? kernel->value : kind_->options.find("kernel")->standard, size);
      if (size.height < 1 || size.width < 1 || size.height % 2 == 0 || size.width % 2 == 0)
        throw fail(words_[kind_at_], "pad=same needs an odd kernel, and it is " + size.str(), "kernel=3");
      field.value = Size2(size.height / 2, size.width / 2).str();
    }
  }

  Item made() {
    resolve_same();
    std::vector<Field> fields = preset_ ? kind_->preset : std::vector<Field>{};
    fields.insert(fields.end(), layer_.fields.begin(), layer_.fields.end());
    try {
      Item item(kind_->make(fields));
      item.name = name_;
      item.settings = filled<ParamSettings>(settings_.fields);
      check_settings(kind_->name, item.settings);
      return item;
    } catch (const Error& error) {
      throw fail(words_[kind_at_], error.problem(), in_line_words(error.remedy()));
    }
  }

  const LayerText& text_;
  const std::vector<Word>& words_;
  const Kind* kind_ = nullptr;
  std::size_t at_ = 0, kind_at_ = 0;
  Given layer_{}, settings_{&settings(), "the parameters of a layer have no setting"};
  std::string name_;
  bool preset_ = false, with_ = false;
};

}  // namespace

Item item_of(const LayerText& text) { return ItemReader(text).item(); }

const Options& settings() {
  static const Options all = options_of<ParamSettings>(describe_options("", ParamSettings{}));
  return all;
}

}  // namespace cambium::models::line
