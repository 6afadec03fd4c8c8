#include "apps/predict/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <utility>

#include "apps/common/by_place.h"
#include "apps/common/data_place.h"
#include "apps/common/image_reading.h"
#include "apps/common/signals.h"
#include "apps/predict/kind.h"
#include "cambium/framework/base/error.h"
#include "cambium/framework/data/images/image_folder.h"
#include "cambium/framework/data/images/picture.h"
#include "cambium/framework/data/images/picture_files.h"
#include "cambium/framework/data/images/resize.h"
#include "cambium/framework/data/npy.h"
#include "cambium/framework/data/npy_dataset.h"
#include "cambium/framework/data/tables/csv.h"
#include "cambium/framework/data/tables/parts/cell_fault.h"

namespace predict {
namespace {

using namespace cambium;

class TableSamples final : public Samples {
 public:
  TableSamples(const TableFormat& format, const Options& options, const std::string& file, PassedOver& passed)
      : file_(file),
        rows_(file, format, {.labels = NewRowOptions::Labels::ignored, .new_columns = options.new_columns, .id = options.ids}),
        ids_(options.ids.size()),
        passed_(passed) {
    if (rows_.by_place()) apps::say_by_place(file, rows_.columns(), format);
  }

  int next(const View& x, std::vector<Name>& names) override {
    if (fault_) std::rethrow_exception(fault_);
    int count = 0;
    try {
      while (count < x.batch && read({x.row(count), static_cast<std::size_t>(x.shape.size())})) {
        Name& name = names[static_cast<std::size_t>(count++)] = {std::to_string(row_)};
        for (std::size_t i = 0; i < ids_; ++i) name.ids.emplace_back(rows_.id(i));
      }
    } catch (...) {
      if (count == 0) throw;
      fault_ = std::current_exception();
    }
    return count;
  }

 private:
  // The next row whose cells can be read; false at the end.
  bool read(std::span<real> values) {
    while (!apps::stopped()) try {
        if (!rows_.next(values)) return false;
        ++row_;
        passed_.good();
        if (rows_.far()) passed_.far(file_, row_, *rows_.far());
        if (rows_.filled()) passed_.filled(file_, row_, *rows_.filled());
        return true;
      } catch (const CellFault& fault) {
        ++row_;
        passed_.bad(fault, fmt::format("row {}", row_));
      }
    return false;
  }

  std::string file_;
  TableRows rows_;
  std::size_t ids_;
  PassedOver& passed_;
  std::exception_ptr fault_;  // in the row behind those that were handed out
  std::int64_t row_ = 0;
};

bool is_folder(const std::string& path) {
  std::error_code unknown;
  return std::filesystem::is_directory(path, unknown);
}

// One file after the other, whose name is that of the sample.
class PictureSamples final : public Samples {
 public:
  PictureSamples(const apps::ModelDescription& model, const Options& options, std::span<const std::string> files,
                 PassedOver& passed)
      : model_(model), files_(files), how_(apps::image_reading_of(model.reading, options.model)), passed_(passed) {}

  int next(const View& x, std::vector<Name>& names) override {
    while (at_ < files_.size() && !apps::stopped()) try {
        names[0] = {read(files_[at_++], x)};
        passed_.good();
        return 1;
      } catch (const Error& error) {
        if (of_memory(error)) throw;
        passed_.bad(error);
      }
    return 0;
  }

 private:
  std::string read(const std::string& where, const View& x) const {
    check_kind(model_, where);
    std::string file = apps::without_kind(where, {"images"});
    if (is_folder(file)) picture_files(file);  // throws: see files_of
    const Picture picture = fitted(read_picture(file, how_.limits, how_.transparency), x.shape, how_.fit, file);
    std::ranges::transform(picture.bytes, x.row(0),
                           [](std::uint8_t byte) { return static_cast<real>(byte) * (real(1) / real(255)); });
    return file;
  }

  const apps::ModelDescription& model_;
  std::span<const std::string> files_;
  ImageFolderOptions how_;
  PassedOver& passed_;
  std::size_t at_ = 0;
};

class ArraySamples final : public Samples {
 public:
  ArraySamples(const apps::ModelDescription& model, const std::string& file) : set_(load_inputs(file)) {
    if (set_.input_shapes()[0] != model.input)
      throw Error(fmt::format("{}: samples of {}, and the model takes {}", file, set_.input_shapes()[0].str(), model.input.str()),
                  "an array of such samples");
  }

  int next(const View& x, std::vector<Name>& names) override {
    const int count = static_cast<int>(std::min<std::int64_t>(x.batch, set_.size() - row_));
    std::vector<std::int64_t> rows;
    for (int i = 0; i < count; ++i) names[static_cast<std::size_t>(i)] = {std::to_string(row_)}, rows.push_back(row_++);
    const View some{x.data, x.shape, count};
    if (count > 0) set_.fetch(rows, {&some, 1}, {}, {});
    return count;
  }

 private:
  MemoryDataset set_;
  std::int64_t row_ = 0;
};

}  // namespace

const char* heading_of(const apps::ModelDescription& model) {
  return model.reader == "table" ? "row" : model.reader == "images" ? "file" : "sample";
}

std::vector<std::string> files_of(const apps::ModelDescription& model, const std::vector<std::string>& places) {
  if (model.reader != "images") return places;
  std::vector<std::string> files;
  for (const std::string& place : places) {
    const std::string where = apps::without_kind(place, {"images"});
    if (!is_folder(where)) {
      files.push_back(place);
    } else
      try {
        for (std::string& file : picture_files(where)) files.push_back(std::move(file));
      } catch (const Error&) {
        if (places.size() == 1) throw;
        files.push_back(place);  // it is told why when its turn comes
      }
  }
  return files;
}

std::size_t files_at_once(const apps::ModelDescription& model, std::size_t files) { return model.reader == "images" ? files : 1; }

std::unique_ptr<Samples> open_samples(const apps::ModelDescription& model, const Options& options,
                                      std::span<const std::string> files, PassedOver& passed) {
  if (!options.ids.empty() && model.reader != "table")
    throw Error(fmt::format("--id names columns, and {} takes no tables", options.model), "leaving --id out");
  if (model.reader == "images") return std::make_unique<PictureSamples>(model, options, files, passed);
  check_kind(model, files[0]);
  const bool table = model.reader == "table";
  const std::string file = apps::without_kind(files[0], {table ? "csv" : "npy"});
  if (table) return std::make_unique<TableSamples>(TableFormat::from_text(model.reading, options.model), options, file, passed);
  return std::make_unique<ArraySamples>(model, file);
}

}  // namespace predict
