// For closure.sh: the closure of one archive of files (closure/closure.hpp).
//   closure_files TAR CONFIG [--strict] [--keep PATTERN]…
// CONFIG is an image's config as JSON. A line for each path that is kept: path, tab, reason. Warnings go to
// stderr.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"
#include "closure/closure.hpp"
#include "closure/fact_reader.hpp"

using namespace whittle;

namespace {

constexpr std::size_t largest_config = 1U << 20U;

struct Image {
  layers::MergedTree tree;
  closure::FactTable facts;
};

Image read_archive(const std::filesystem::path& path) {
  FileSource source(path);
  layers::TarReader tar(source, path.native());
  closure::FactReader reader(std::filesystem::temp_directory_path());
  Image image;
  std::vector<std::byte> buffer(stream_buffer_size);
  image.tree.apply(0, tar, [&](const layers::TarEntry& entry, layers::TarReader& content) {
    reader.begin(entry.path, entry.size, entry.mode);
    while (const auto count = content.read(buffer)) reader.write(Bytes(buffer).first(count));
    reader.end();
    return std::optional<Digest>();
  });
  image.facts = reader.facts();
  return image;
}

int run(const std::vector<std::string>& words) {
  closure::ClosureOptions options;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "--strict")
      options.strict = true;
    else
      options.keep.push_back(words.at(++i));
  }
  const auto image = read_archive(words.at(0));
  FileSource text(words.at(1));
  const auto config = layers::parse_config(read_all(text, largest_config, words[1]), words[1]);
  const auto closure = closure::closure(image.tree, image.facts, config, options);
  for (const auto& kept : closure.kept)
    std::cout << kept.first << '\t' << closure::text_of(kept.second) << '\n';
  for (const auto& warning : closure.warnings) std::cerr << "warning: " << warning << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const Error& error) {
    std::cerr << "error: " << error.message() << '\n';
    return 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
