// Files that tests compare with what is checked in; WHITTLE_ACCEPT=1 writes them anew.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "builder/spec.hpp"
#include "common/error.hpp"
#include "common/file.hpp"

namespace whittle::builder {

inline std::filesystem::path source_folder() {
  const auto* const root = std::getenv("WHITTLE_SOURCE_DIR");
  return root ? root : ".";
}

// The lines that one text has and the other has not, from the first to the last that differ.
inline std::string difference(const std::string& wanted, const std::string& is) {
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  };
  auto a = lines_of(wanted);
  auto b = lines_of(is);
  std::size_t first = 0;
  while (first < a.size() && first < b.size() && a[first] == b[first]) ++first;
  while (a.size() > first && b.size() > first && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
  std::string text = fmt::format("from line {}:\n", first + 1);
  for (std::size_t i = first; i < a.size(); ++i) text += "- " + a[i] + "\n";
  for (std::size_t i = first; i < b.size(); ++i) text += "+ " + b[i] + "\n";
  return text;
}

inline void expect_golden(const std::filesystem::path& file, const std::string& text) {
  if (std::getenv("WHITTLE_ACCEPT") != nullptr) write_file(file, text, AtomicFile::Durability::content);
  const auto wanted = read_file_if_present(file, 1U << 20U).value_or("");
  if (wanted != text) ADD_FAILURE() << file << " differs " << difference(wanted, text);
}

// The spec's own reader takes it.
inline void expect_readable(const std::string& yaml) {
  try {
    parse_spec(yaml, "whittle.yaml");
  } catch (const Error& error) {
    ADD_FAILURE() << error.what() << "\n" << yaml;
  }
}

}  // namespace whittle::builder
