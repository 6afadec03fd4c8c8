#include "cambium/framework/data/images/image_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <limits>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "cambium/framework/base/error.h"
#include "cambium/framework/base/text.h"
#include "cambium/framework/base/thread_pool.h"
#include "cambium/framework/data/images/parts/byte_cache.h"
#include "cambium/framework/data/images/parts/class_folders.h"
#include "cambium/framework/data/images/parts/unreadable.h"

namespace cambium {
namespace {

void check_options(const std::string& folder, const ImageFolderOptions& options) {
  constexpr int most = 65535;
  const auto good = [](int size) { return size >= 0 && size <= most; };
  if ((options.channels != 0 && options.channels != 1 && options.channels != 3) || !good(options.height) || !good(options.width))
    throw Error(fmt::format("{}: samples of {}x{}x{} (channels x height x width) are asked for", folder, options.channels,
                            options.height, options.width),
                "1 or 3 channels, sizes up to 65535, and 0 for what the pictures have");
  for (std::size_t i = 0; i < options.classes.size(); ++i)
    if (std::find(options.classes.begin(), options.classes.begin() + static_cast<std::ptrdiff_t>(i), options.classes[i]) !=
        options.classes.begin() + static_cast<std::ptrdiff_t>(i))
      throw Error(folder + ": class " + in_quotes(options.classes[i]) + " is given twice", "each name once");
}

std::string size_text(const Shape& shape) { return fmt::format("{} x {} pixels (width x height)", shape[2], shape[1]); }

constexpr real per_byte = real(1) / real(255);

constexpr std::uint64_t most_bytes_ahead = 256 << 20;  // of files that are looked at when one is damaged: some seconds

}  // namespace

struct ImageFolder::State {
  State(const std::string& path, const ImageFolderOptions& asked)
      : folder(path), options(asked), list(list_class_folders(path, asked.classes)), pool(asked.threads) {
    options.classes = list.classes;
    if (list.files.size() > as_size(std::numeric_limits<int>::max()))
      throw Error(folder + ": " + std::to_string(list.files.size()) + " pictures are more than 2^31 - 1", "several folders");
    find_shape();
    cache = std::make_unique<ByteCache>(count(), shape.size(), options.cache_bytes);
  }

  int count() const { return static_cast<int>(list.files.size()); }
  std::string name(int row) const {
    const ClassFolders::File& file = list.files[as_size(row)];
    return list.classes[as_size(file.label)] + "/" + file.name;
  }
  std::string path(int row) const { return folder + "/" + name(row); }

  std::vector<Shape> read_shapes() {
    std::vector<Shape> shapes(list.files.size());
    Unreadable unreadable;
    pool.run(count(), [&](int row, int) {
      try {
        shapes[as_size(row)] = picture_shape(path(row), options.limits);
      } catch (...) {
        unreadable.note(row);
      }
    });
    if (!unreadable.any()) return shapes;
    std::vector<int> more;
    if (is_damage(unreadable.exception(), unreadable.lowest())) {
      const std::vector<int> known = unreadable.rows(), beside = damaged_beside(known);
      more = known;
      more.insert(more.end(), beside.begin(), beside.end());
      std::erase(more, unreadable.lowest());
    }
    rethrow(unreadable.exception(), more);
  }

  void find_shape() {
    const std::vector<Shape> shapes = read_shapes();
    const auto colored = [](const Shape& s) { return s[0] == 3; };
    if (options.channels == 0) options.channels = std::any_of(shapes.begin(), shapes.end(), colored) ? 3 : 1;
    if (options.height == 0) options.height = shapes[0][1];
    if (options.width == 0) options.width = shapes[0][2];
    shape = Shape{options.channels, options.height, options.width};
    if (options.fit == Fit::refuse) check_sizes(shapes);
  }

  void check_sizes(const std::vector<Shape>& shapes) const {
    const auto fits = [&](const Shape& s) { return s[1] == shape[1] && s[2] == shape[2]; };
    const auto other = std::find_if_not(shapes.begin(), shapes.end(), fits);
    if (other == shapes.end()) return;
    const std::string as = fits(shapes[0]) ? "the first, " + in_quotes(name(0)) + ", has " : "samples are to have ";
    throw Error(path(static_cast<int>(other - shapes.begin())) + ": " + size_text(*other) + ", where " + as + size_text(shape),
                "Fit::resize, or Fit::crop, which keeps proportions, or pictures of one size");
  }

  // The sample, or zeros and an exception.
  void write(int row, real* to) {
    const auto scale = [&](const std::uint8_t* bytes) {
      std::transform(bytes, bytes + shape.size(), to, [](std::uint8_t b) { return static_cast<real>(b) * per_byte; });
    };
    if (const std::uint8_t* bytes = cache->find(row)) return scale(bytes);
    std::fill_n(to, shape.size(), real(0));
    const std::string from = path(row);
    const Picture picture = fitted(read_picture(from, options.limits, options.transparency), shape, options.fit, from);
    cache->put(row, picture.bytes.data());
    scale(picture.bytes.data());
  }

  // Whether a picture is to blame, and not that there is no memory, or no folder any more.
  bool is_damage(const std::exception_ptr& exception, int row) const {
    try {
      std::rethrow_exception(exception);
    } catch (const Error& error) {
      std::error_code unknown;
      return !of_memory(error) && std::filesystem::exists(path(row), unknown);
    } catch (...) {
      return false;
    }
  }

  // Those beside some rows (sorted) that are damaged as well, as far as it can be found out in a while; what was decoded before is
  // not.
  std::vector<int> damaged_beside(const std::vector<int>& known) try {
    std::vector<int> rows;
    std::uint64_t bytes = 0;
    for (int row = 0; row < count(); ++row) {
      if (std::ranges::binary_search(known, row) || (cache && cache->find(row) != nullptr)) continue;
      std::error_code gone;
      const auto more = std::filesystem::file_size(path(row), gone);
      if (gone || more > most_bytes_ahead - bytes) continue;
      bytes += more;
      rows.push_back(row);
    }
    Unreadable unreadable;
    pool.run(static_cast<int>(rows.size()), [&](int i, int) {
      try {
        read_picture(path(rows[as_size(i)]), options.limits, options.transparency);
      } catch (const Error& error) {
        if (!of_memory(error)) unreadable.note(rows[as_size(i)]);
      } catch (...) {
      }
    });
    return unreadable.rows();
  } catch (const std::bad_alloc&) {
    return {};
  }

  // Of an Error about a picture, with the names of the others: whoever has to mend one wants to know of all.
  [[noreturn]] void rethrow(const std::exception_ptr& exception, const std::vector<int>& more) const {
    try {
      std::rethrow_exception(exception);
    } catch (const std::bad_alloc&) {
      throw Error("image folder: no memory for a picture", "closing other programs, or a smaller .cache_bytes");
    } catch (const Error& error) {
      if (more.empty() || of_memory(error)) throw;
      std::vector<std::string> names;
      for (const int row : more) names.push_back(name(row));
      throw Error(error.problem() + "; nor will " + some_of(names) + " do", "moving them out of the folder, or " + error.remedy());
    }
  }

  const std::string folder;
  ImageFolderOptions options;
  const ClassFolders list;
  ThreadPool pool;
  Shape shape;
  std::unique_ptr<ByteCache> cache;

  std::mutex mutex;
  std::exception_ptr first_failure;          // of the first fetch that had one
  int damaged = 0;                           // the row that it was met at
  std::optional<std::vector<int>> others{};  // that are damaged as well; nothing: not looked for yet
};

ImageFolder::ImageFolder(const std::string& folder, const ImageFolderOptions& options) {
  check_options(folder, options);
  state_ = std::make_shared<State>(folder, options);
}

std::int64_t ImageFolder::size() const { return state_->count(); }

std::vector<Shape> ImageFolder::input_shapes() const { return {state_->shape}; }

std::vector<Dataset::TargetKind> ImageFolder::target_kinds() const {
  return {{static_cast<int>(state_->list.classes.size()), Shape()}};
}

void ImageFolder::fetch(std::span<const std::int64_t> rows, std::span<const View> inputs, std::span<const std::span<int>> labels,
                        std::span<const View>) const noexcept {
  State& state = *state_;
  Unreadable unreadable;
  const auto row = [&](int i) { return static_cast<int>(rows[as_size(i)]); };
  const auto take = [&](int i, int) {
    try {
      state.write(row(i), inputs[0].row(i));
    } catch (...) {
      unreadable.note(i);
    }
  };
  const int count = static_cast<int>(rows.size());
  // Threads are worth being woken for pictures, not for copies of bytes.
  if (std::all_of(rows.begin(), rows.end(), [&](std::int64_t at) { return state.cache->find(static_cast<int>(at)) != nullptr; }))
    for (int i = 0; i < count; ++i) take(i, 0);
  else
    state.pool.run(count, take);
  for (int i = 0; i < count; ++i) labels[0][as_size(i)] = state.list.files[as_size(row(i))].label;
  if (!unreadable.any()) return;
  const std::lock_guard lock(state.mutex);
  if (!state.first_failure) state.first_failure = unreadable.exception(), state.damaged = row(unreadable.lowest());
}

bool ImageFolder::fetch_labels(std::span<const std::int64_t> rows, std::span<int> labels) const noexcept {
  for (std::size_t i = 0; i < rows.size(); ++i) labels[i] = state_->list.files[static_cast<std::size_t>(rows[i])].label;
  return true;
}

void ImageFolder::check_fetched() const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->first_failure) return;
  if (!state_->others)
    state_->others =
        state_->is_damage(state_->first_failure, state_->damaged) ? state_->damaged_beside({state_->damaged}) : std::vector<int>();
  state_->rethrow(state_->first_failure, *state_->others);
}

std::vector<std::string> ImageFolder::class_names() const { return state_->list.classes; }

std::string ImageFolder::describe() const {
  const auto counted = [](std::size_t n, const char* one, const char* many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
  };
  return fmt::format("{} of {}, {}", counted(state_->list.files.size(), "picture", "pictures"), state_->shape.str(),
                     counted(state_->list.classes.size(), "class", "classes"));
}

std::string ImageFolder::name_of_row(std::int64_t row) const { return state_->name(static_cast<int>(row)); }

const ImageFolderOptions& ImageFolder::options() const { return state_->options; }

}  // namespace cambium
