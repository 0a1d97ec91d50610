// What the tests of comparison/ share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "comparison/finding.hpp"
#include "comparison/image_difference.hpp"
#include "layers/compression.hpp"
#include "layers/config.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "layers/tar_header.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::test {

// "where/where aspect: a -> b", for a glance at what was found.
inline std::vector<std::string> lines_of(const comparison::Findings& findings) {
  std::vector<std::string> lines;
  for (const auto& finding : findings.kept()) {
    std::string line;
    for (const auto& step : finding.where) line += (line.empty() ? "" : " > ") + step;
    line += " " + finding.aspect;
    if (finding.a || finding.b) line += ": " + finding.a.value_or("-") + " -> " + finding.b.value_or("-");
    lines.push_back(line);
  }
  return lines;
}

inline std::vector<std::string> texts_of(const std::vector<comparison::Cause>& causes) {
  std::vector<std::string> texts;
  for (const auto& cause : causes) texts.push_back(cause.text);
  return texts;
}

struct TarFile {
  std::string path;
  std::string content = {};
  std::uint32_t mode = 0644;
  std::int64_t mtime = 0;
  std::uint32_t uid = 0;
  char type = '0';
  std::string target = {};
};

inline std::string tar_of(const std::vector<TarFile>& files) {
  std::string tar;
  for (const auto& file : files) {
    layers::TarHeader header;
    header.path = file.path;
    header.target = file.target;
    header.type = file.type;
    header.mode = file.mode;
    header.uid = file.uid;
    header.size = file.content.size();
    header.mtime = file.mtime;
    tar += layers::tar_header(header) + file.content + std::string(layers::tar_padding(file.content.size()));
  }
  return tar + std::string(layers::tar_end());
}

// An image for linux/amd64 in memory, of the tars of its layers.
struct ImageMaker {
  std::vector<std::string> tars = {};
  layers::Compression compression = {layers::Compression::Format::gzip};
  layers::Execution execution = {};
  layers::Annotations annotations = {};

  MemoryImage image() const {
    MemoryImage image;
    layers::ImageConfig config;
    config.platform = layers::Platform::parse("linux/amd64");
    config.execution = execution;
    std::vector<layers::Descriptor> descriptors;
    for (const auto& tar : tars) {
      TextSink sink(1U << 26U, "the layer");
      const auto compressor = layers::make_compressor(compression, 1, sink);
      compressor->write(as_bytes(tar));
      compressor->finish();
      descriptors.push_back(image.add_blob(std::string(compression.layer_media_type()), sink.take()));
      config.diff_ids.push_back(Digest::of(tar));
    }
    const auto document = layers::write_config(config);
    image.add_document(document);
    const auto manifest =
        layers::write_manifest(layers::Manifest{std::string(layers::media_type::oci_manifest),
                                                document.descriptor(),
                                                descriptors,
                                                annotations,
                                                {},
                                                {}});
    image.add_document(manifest);
    image.set_root(manifest);
    return image;
  }
};

inline comparison::ImageDifference difference_of(const ImageMaker& a, const ImageMaker& b) {
  auto left = a.image();
  auto right = b.image();
  comparison::DifferenceOptions options;
  options.scratch = std::filesystem::temp_directory_path();
  return comparison::compare_images(left, right, options);
}

}  // namespace whittle::test
