// A value of one of several kinds, as std::variant, that may be copied where memory runs out.
#pragma once

#include <cstddef>
#include <utility>
#include <variant>

namespace cambium {

// The copy constructor of libstdc++ 12 ends the life of an alternative that never began when it throws and all alternatives are of
// kinds that cannot throw when they are moved: numbers, texts, vectors. Here the copy is made first, and then moved in. The first
// alternative is what a default one holds. What std::variant has works as ever.
template <class... T>
struct OneOf : std::variant<T...> {
  using Variant = std::variant<T...>;
  using Variant::Variant;

  OneOf() = default;
  OneOf(const OneOf& other) : Variant() {
    std::visit(
        [this](const auto& value) {
          auto copy = value;
          this->Variant::operator=(std::move(copy));
        },
        static_cast<const Variant&>(other));
  }
  OneOf(OneOf&&) = default;
  OneOf& operator=(const OneOf& other) { return *this = OneOf(other); }
  OneOf& operator=(OneOf&&) = default;
  ~OneOf() = default;
};

}  // namespace cambium

template <class... T>
struct std::variant_size<cambium::OneOf<T...>> : std::variant_size<std::variant<T...>> {};
template <std::size_t i, class... T>
struct std::variant_alternative<i, cambium::OneOf<T...>> : std::variant_alternative<i, std::variant<T...>> {};
