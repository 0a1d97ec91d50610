// What the tests of slimming/ share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/file.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/tar_reader.hpp"
#include "slimming/slim.hpp"
#include "tests/unit/comparison/helpers.hpp"

namespace whittle::test {

// Slims images in memory, and reads what came of them.
class SlimTest : public testing::Test {
 protected:
  struct Slimmed : slimming::SlimmedResult {
    std::vector<slimming::FileReport> files;  // of the first platform
  };
  Slimmed slimmed(registry::ImageSource& source) {
    options_.scratch = folder_.path();
    std::vector<slimming::FileReport> files;
    options_.on_file = [&files](std::size_t platform, const slimming::FileReport& file) {
      if (platform == 0) files.push_back(file);
    };
    SilentReporter reporter;
    auto result = slimming::slim(source, store_, options_, reporter, {});
    options_.on_file = {};
    return {std::move(result), std::move(files)};
  }
  // An image of the layers, slimmed; the old one lives as long as this.
  Slimmed slimmed(std::vector<std::string> tars, layers::Execution execution = {}) {
    ImageMaker maker;
    maker.tars = std::move(tars);
    maker.execution = std::move(execution);
    olds_.push_back(std::make_unique<MemoryImage>(maker.image()));
    return slimmed(*olds_.back());
  }

  // "PATH TYPE MODE OWNER SIZE[ -> TARGET]" of every entry of every layer, as it lies in the blobs.
  static std::vector<std::vector<std::string>> layers_of(registry::ImageSource& image) {
    std::vector<std::vector<std::string>> lists;
    const auto manifest = layers::parse_manifest(image.root(), "the manifest");
    for (const auto& layer : manifest.layers) {
      const auto tar = layers::decompress(image.open_blob(layer), "the layer");
      layers::TarReader reader(*tar, "the layer");
      std::vector<std::string> lines;
      while (const auto entry = reader.next())
        lines.push_back(fmt::format("{} {} {:o} {} {}{}{}", entry->path, entry->type, entry->mode, entry->uid,
                                    entry->size, entry->target.empty() ? "" : " -> ", entry->target));
      lists.push_back(std::move(lines));
    }
    return lists;
  }
  static Json config_of(registry::ImageSource& image) {
    const auto manifest = layers::parse_manifest(image.root(), "the manifest");
    return parse_json(read_all(*image.open_blob(manifest.config), 1U << 20U, "the config"), "the config");
  }
  // "PATH: ACTION RULE" of each file that is not simply kept.
  static std::vector<std::string> changes_of(const Slimmed& result) {
    std::vector<std::string> lines;
    for (const auto& file : result.files)
      if (file.action != slimming::FileReport::Action::keep)
        lines.push_back(fmt::format("{}: {} {}", file.path, slimming::name_of(file.action), file.rule));
    return lines;
  }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  registry::Layout store_ =
      registry::Layout::open_or_create(folder_.path() / "store", AtomicFile::Durability::content);
  slimming::SlimOptions options_ = {};

 private:
  std::vector<std::unique_ptr<MemoryImage>> olds_ = {};
};

}  // namespace whittle::test
