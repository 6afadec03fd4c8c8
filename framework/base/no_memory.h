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

// Runs `work`, or throws that Error. For headers, which do without exceptions of their own.
void run_or_no_memory_for(const char* what, void (*run)(void*), void* work);
template <class Work>
void or_no_memory_for(const char* what, Work work) {
  run_or_no_memory_for(
      what, [](void* it) { (*static_cast<Work*>(it))(); }, &work);
}

std::string text_of_bytes(std::size_t bytes);  // "640 bytes", "12.3 kB", "1.05 GB": three digits, units of a thousand

}  // namespace cambium
