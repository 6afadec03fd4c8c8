// Figures, tables and text as one HTML file that needs nothing else: no scripts, no network, light and dark, screen and paper.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cambium/framework/plot/figure.h"

namespace cambium::plot {

struct Caption {
  std::string text = {};      // what is to be seen, in a sentence or two
  std::string formula = {};   // as plain text: "y = (x - mean) / sigma"
  std::string measured = {};  // the figures that this picture shows: "mean 0.02, sigma 0.98"
};

struct Table {
  std::vector<std::string> columns = {};
  std::vector<std::vector<std::string>> rows = {};  // each as long as columns; what reads as a number is set to the right
};

// All text is text: <, > and & are written so that they show, and do nothing.
class Page {
 public:
  explicit Page(std::string title, std::string subtitle = {});

  Page& heading(const std::string& text);
  Page& paragraph(const std::string& text);
  Page& figure(const std::string& title, const Figure& figure, const Caption& caption = {});
  Page& table(const Table& table, const std::string& title = {});
  Page& code(const std::string& text);  // as it stands, in letters of one width: a command, the graph of a model

  std::string html() const;
  void save(const std::filesystem::path& file) const;  // written whole or not at all; throws an Error that names the file

 private:
  std::string title_, subtitle_, body_;
};

}  // namespace cambium::plot
