#include "cambium/framework/training/parts/checkpoint_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "cambium/framework/files/atomic_file.h"
#include "cambium/framework/files/folder_names.h"
#include "cambium/framework/files/input_file.h"
#include "cambium/framework/training/checkpoints.h"

namespace cambium {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view before = "step-", behind = ".safetensors", damaged = ".damaged";

[[noreturn]] void fail(const std::string& path, const std::string& what, const std::error_code& error) {
  throw Error(fmt::format("checkpoints: {} cannot be {}: {}", path, what, error.message()), "a folder in which you may write");
}

// The steps in the name of a checkpoint; -1 for another file.
long steps_of(std::string_view name) {
  if (!name.starts_with(before) || !name.ends_with(behind) || name.size() <= before.size() + behind.size()) return -1;
  name.remove_prefix(before.size()), name.remove_suffix(behind.size());
  long steps = -1;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), steps);
  return fault == std::errc() && end == name.data() + name.size() ? steps : -1;
}

}  // namespace

std::vector<std::string> checkpoints_in(const std::string& folder) {
  std::vector<std::pair<long, std::string>> found;
  std::error_code error;
  for (const std::string& name : names_in_folder(folder, error))
    if (const long steps = steps_of(name); steps >= 0) found.emplace_back(steps, name);
  if (error && error != std::errc::no_such_file_or_directory) fail(folder, "read", error);
  std::ranges::sort(found, std::greater());
  std::vector<std::string> names;
  for (auto& [steps, name] : found) names.push_back(std::move(name));
  return names;
}

CheckpointFolder::CheckpointFolder(const std::string& path) : path_(path) {
  std::error_code error;
  if (!fs::create_directories(path_, error) && error) fail(path_, "made", error);
  lock();
  unlink(next_best().c_str());  // of a training that was killed in mark_best
}

CheckpointFolder::Lock::~Lock() {
  if (file >= 0) close(file);
}

// The lock goes with the process, however that ends.
void CheckpointFolder::lock() {
  const std::string name = path_ + "/lock";
  lock_.file = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (lock_.file < 0) fail(name, "opened", {errno, std::generic_category()});
  if (flock(lock_.file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;  // or the file system has no locks
  throw Error("checkpoints: another training writes into " + path_, "a folder for each training");
}

std::string CheckpointFolder::name_after(long steps) const { return fmt::format("{}/{}{:09}{}", path_, before, steps, behind); }

// Some that were put aside before, so that a training which has lost them does not begin again unasked.
bool CheckpointFolder::has_damaged() const {
  std::error_code error;
  return std::ranges::any_of(names_in_folder(path_, error), [](std::string_view name) {
    return name.ends_with(damaged) && steps_of(name.substr(0, name.size() - damaged.size())) >= 0;
  });
}

std::optional<CheckpointFile> CheckpointFolder::newest(const std::function<void(const Error&)>& warn) const {
  const std::vector<std::string> names = checkpoints_in(path_);
  for (const std::string& name : names) {
    const std::string path = path_ + '/' + name;
    const InputFile readable(path);  // what may not be read is not damaged
    try {
      return CheckpointFile(path);
    } catch (const DamagedFile& error) {
      std::error_code failed;
      fs::rename(path, path + std::string(damaged), failed);
      warn(Error(
          fmt::format("{}; {}", error.problem(), failed ? "it stays" : "it is called " + name + std::string(damaged) + " now"),
          "the checkpoint before it, where there is one"));
    }
  }
  if (!names.empty() || has_damaged())
    throw Error(fmt::format("checkpoints: none of those in {} is whole", path_),
                "beginning again in another folder, with the weights of best.safetensors where it is whole");
  return std::nullopt;
}

void CheckpointFolder::leave(int newest, const std::string& last) const noexcept {
  try {
    const std::vector<std::string> names = checkpoints_in(path_);
    for (std::size_t i = static_cast<std::size_t>(newest); i < names.size(); ++i)
      if (const std::string path = path_ + '/' + names[i]; path != last) unlink(path.c_str());
  } catch (const std::exception&) {
  }
}

// One more name for the same file, put in the place of the old one in a single step.
bool CheckpointFolder::mark_best(const std::string& name) const {
  const std::string next = next_best();
  unlink(next.c_str());
  const bool done = link(name.c_str(), next.c_str()) == 0 && rename(next.c_str(), best().c_str()) == 0;
  unlink(next.c_str());  // where both names were of one file already, rename has done nothing
  if (const int folder = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); folder >= 0) fsync(folder), close(folder);
  return done;
}

void CheckpointFolder::copy_to_best(const std::string& name) const {
  InputFile from(name);
  AtomicFile to(best(), from.size());
  std::vector<std::byte> part(1 << 20);
  while (const std::size_t bytes = from.read_up_to(part.data(), part.size())) to.write(part.data(), bytes);
  to.commit();
}

}  // namespace cambium
