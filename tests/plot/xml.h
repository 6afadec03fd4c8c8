// A small checker of XML: what a browser refuses to show is found here.
#pragma once

#include <string>
#include <vector>

namespace cambium_tests {

// "" when every element is closed in order, every attribute is quoted and comes once, and every & begins an entity that is known;
// else what is wrong and where. `open` may stay open, as <meta> in HTML.
std::string xml_fault(const std::string& text, const std::vector<std::string>& open = {});

// The text of all elements of this name, with entities as they are written.
std::vector<std::string> contents_of(const std::string& text, const std::string& element);

int count_of(const std::string& text, const std::string& part);

}  // namespace cambium_tests
