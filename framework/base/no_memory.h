// Memory that cannot be had, said as an Error by whoever wanted it.
#pragma once

#include <cstddef>
#include <new>
#include <string>

namespace cambium {

inline constexpr const char* less_memory = "closing other programs, or a smaller batch or model";

// For the entries of the library, in a handler of std::bad_alloc: throws the Error "there is no memory for WHAT: 12.3 MB", with
// "some kilobytes" where `bytes` is 0. Where there is none for the message either, what was caught goes on as it is.
//
//     std::vector<real> Trainer::predict(...) try {
//       ...
//     } catch (const std::bad_alloc&) {
//       no_memory_for("predictions");
//     }
[[noreturn]] void no_memory_for(const char* what, std::size_t bytes = 0, const char* remedy = less_memory);

// Throws that Error where there is nothing: for `new (std::nothrow)` in headers, which do without exceptions of their own.
void check_memory_for(const char* what, const void* made, std::size_t bytes);
template <class T>
T* made_for(const char* what, T* made) {
  check_memory_for(what, made, sizeof(T));
  return made;
}

// Calls `run` with `work`, or throws that Error: for what may run out of memory within.
void run_or_no_memory_for(const char* what, void (*run)(void*), void* work);

std::string text_of_bytes(std::size_t bytes);  // "640 bytes", "12.3 kB", "1.05 GB": three digits, units of a thousand

}  // namespace cambium
