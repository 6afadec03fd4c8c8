// All by which an object goes on where another one stopped, by name: for checkpoints.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <type_traits>

namespace cambium {

// An object says its fields in one function that is called in both directions, so that none is written and not read:
//
//     void Counter::state_dict(StateDict& dict) { dict.value("steps", steps_), dict.values("m", m_); }
//
// Writing puts them into a dict, reading sets them. Before it reads, a reader makes the same calls to check: that throws an Error
// where a field is missing, is of another size, or holds what it cannot, and sets nothing. So all of it moves, or none.
class StateDict {
 public:
  enum class Way { write, check, read };

  virtual ~StateDict() = default;
  virtual Way way() const = 0;

  // A few numbers. Those that are read are there after a call that reads or checks.
  virtual void numbers(const std::string& name, std::span<double> numbers) = 0;
  // Many, which must be finite. They are not copied: what is written must stay as it is until the dict is in its file.
  virtual void values(const std::string& name, std::span<float> values) = 0;
  virtual void values(const std::string& name, std::span<double> values) = 0;

  // A number, kept as a double: a whole one is at most 2^53 in size, and none below `least` or above `most`. Without these a number
  // that is not whole may be anything.
  template <class T>
  requires std::is_arithmetic_v<T>
  void value(const std::string& name, T& value, T least = lowest<T>(), T most = std::numeric_limits<T>::max()) {
    auto number = static_cast<double>(value);
    numbers(name, {&number, 1});
    if (way() != Way::write && (std::is_integral_v<T> || least != lowest<T>()))
      check(name, number, static_cast<double>(least), static_cast<double>(most), std::is_integral_v<T>);
    if (way() == Way::read) value = static_cast<T>(number);
  }

  // Throws Error, naming the field, and the file where there is one.
  virtual void fail(const std::string& name, const std::string& what) const = 0;

 private:
  template <class T>
  static constexpr T lowest() {
    return std::numeric_limits<T>::lowest();
  }
  void check(const std::string& name, double number, double least, double most, bool whole) const;
};

// The fields of a part, with its name before theirs: "optimizer/steps".
class PartOfState final : public StateDict {
 public:
  PartOfState(StateDict& whole, const std::string& part) : whole_(whole), part_(part + '/') {}
  Way way() const override { return whole_.way(); }
  void numbers(const std::string& name, std::span<double> numbers) override { whole_.numbers(part_ + name, numbers); }
  void fail(const std::string& name, const std::string& what) const override { whole_.fail(part_ + name, what); }
  void values(const std::string& name, std::span<float> values) override { whole_.values(part_ + name, values); }
  void values(const std::string& name, std::span<double> values) override { whole_.values(part_ + name, values); }

 private:
  StateDict& whole_;
  std::string part_;
};

}  // namespace cambium
