// Makes the layer of a base, or of packages alone, of package files:
//   static_base BASE|- OPTIONS OUT DEB…
// OPTIONS are words joined by commas: none, gzip, zstd; whole (nothing is left out). Says what was left out,
// what was not run, and what was done instead.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <sstream>

#include "common/file_sink.hpp"
#include "layers/layer_writer.hpp"
#include "packages/bases.hpp"
#include "packages/control_file.hpp"
#include "packages/package_tree.hpp"

using namespace whittle;

namespace {

packages::UnpackedPackage unpacked(const std::filesystem::path& path, const std::filesystem::path& scratch) {
  const auto file =
      std::make_shared<const packages::DebFile>(std::make_shared<const Fd>(open_file(path)),
                                                path.filename().string(), packages::DebFile::Where{scratch});
  packages::ControlReader reader(file->control_file("control"), "control");
  packages::ControlParagraph control;
  reader.next(control);
  return {{std::string(control.value("Package")), std::string(control.value("Version")),
           std::string(control.value("Architecture")), path.string(), 0, Digest::of("")},
          file};
}

int run(int count, char** arguments) {
  layers::LayerOptions layer;
  layer.threads = 2;
  layer.compression.level = layers::Compression::Level::smallest;
  packages::PackageTreeOptions options;
  std::stringstream words(arguments[2]);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == "none") layer.compression.format = layers::Compression::Format::none;
    if (word == "zstd") layer.compression.format = layers::Compression::Format::zstd;
    if (word == "balanced") layer.compression.level = layers::Compression::Level::balanced;
    if (word == "setid") options.allow_setid = true;
    if (word == "whole")
      for (const auto& rule : packages::left_out_rules()) options.keep.emplace_back(rule.name);
  }
  if (const auto* base = packages::find_base(arguments[1])) options.built_ins = base->built_ins;
  const auto scratch = std::filesystem::temp_directory_path();
  std::vector<packages::UnpackedPackage> all;
  for (int i = 4; i < count; ++i) all.push_back(unpacked(arguments[i], scratch));
  const auto tree = packages::make_package_tree(all, options);
  AtomicFile out(std::filesystem::path(arguments[3]).parent_path());
  const auto written = layers::write_layer(tree.files, layer, out, {});
  out.commit_to(arguments[3], AtomicFile::Durability::content);
  fmt::print("{} entries, {} bytes as tar, {} compressed\n", tree.files.entries().size(),
             written.uncompressed_size, written.descriptor.size);
  for (const auto& one : tree.left_out)
    fmt::print("left out: {}: {} files, {} bytes\n", one.rule, one.files, one.bytes);
  for (const auto& line : tree.done) fmt::print("{}\n", line);
  for (const auto& line : tree.notices) fmt::print("notice: {}\n", line);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  try {
    return run(count, arguments);
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.message());
    return 1;
  }
}
