// What the tests of registry/ share.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/report.hpp"
#include "layers/manifest.hpp"
#include "layers/media_types.hpp"
#include "registry/access.hpp"
#include "registry/copy.hpp"
#include "tests/support/memory_image.hpp"

namespace whittle::test {

// `work` must throw an Error of that kind whose message has `part` in it. Returns the error.
template <class Work>
Error expect_error(ErrorKind kind, const std::string& part, Work&& work) {
  try {
    std::forward<Work>(work)();
  } catch (const Error& error) {
    EXPECT_EQ(name_of(error.kind()), name_of(kind)) << error.message();
    EXPECT_THAT(error.message(), testing::HasSubstr(part));
    return error;
  }
  ADD_FAILURE() << "no error; expected " << name_of(kind) << " with " << part;
  return {kind, ""};
}

// Keeps what it is told.
class RecordingReporter final : public Reporter {
 public:
  void verbose(std::string_view line) override { keep("verbose", line); }
  void note(std::string_view line) override { keep("note", line); }
  void warn(std::string_view line) override { keep("warn", line); }
  std::unique_ptr<Task> start(std::string_view label, std::uint64_t total) override {
    return std::make_unique<Recorded>(*this, std::string(label), total);
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  struct Recorded final : Task {
    Recorded(RecordingReporter& to, std::string name, std::uint64_t size)
        : reporter(to), label(std::move(name)), total(size) {}
    void advance(std::uint64_t bytes) override { moved += bytes; }
    void done(std::string_view outcome) override {
      reporter.keep("task", label + ": " + std::string(outcome) +
                                (outcome == "copied" && moved != total ? " (short)" : ""));
    }
    RecordingReporter& reporter;
    std::string label;
    std::uint64_t total;
    std::uint64_t moved = 0;
  };
  void keep(std::string_view kind, std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(kind) + ": " + std::string(line));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// An image of one platform; `seed` tells images apart. Its layers have some kilobytes.
inline layers::Document add_image(MemoryImage& into, const std::string& seed,
                                  const std::string& architecture = "amd64", std::size_t layer_count = 2) {
  layers::Manifest manifest{
      std::string(layers::media_type::oci_manifest),
      into.add_blob(std::string(layers::media_type::oci_config),
                    R"({"architecture":")" + architecture + R"(","config":{},"os":"linux","seed":")" + seed +
                        R"(","rootfs":{"diff_ids":[],"type":"layers"}})"),
      {}};
  for (std::size_t i = 0; i < layer_count; ++i) {
    std::string bytes = seed + " layer " + std::to_string(i) + ' ';
    while (bytes.size() < 5000 * (i + 1)) bytes += bytes;
    manifest.layers.push_back(into.add_blob(std::string(layers::media_type::oci_layer), bytes));
  }
  auto document = layers::write_manifest(manifest);
  into.add_document(document);
  return document;
}

inline MemoryImage make_image(const std::string& seed = "one") {
  MemoryImage image;
  image.set_root(add_image(image, seed));
  return image;
}

// An index over images of these architectures.
inline MemoryImage make_index(const std::vector<std::string>& architectures) {
  MemoryImage image;
  layers::Index index{std::string(layers::media_type::oci_index), {}};
  for (const auto& architecture : architectures) {
    auto descriptor = add_image(image, architecture, architecture).descriptor();
    descriptor.platform = layers::Platform::normal("linux", architecture, "");
    index.manifests.push_back(std::move(descriptor));
  }
  const auto document = layers::write_index(index);
  image.add_document(document);
  image.set_root(document);
  return image;
}

// A manifest that refers to `subject`, with one layer of its own; stored, but not listed.
inline layers::Document add_referrer(MemoryImage& into, const Digest& subject, const std::string& note,
                                     const std::string& type = "application/vnd.example.signature") {
  layers::Manifest manifest{std::string(layers::media_type::oci_manifest),
                            into.add_blob("application/vnd.oci.empty.v1+json", "{}"),
                            {into.add_blob("application/vnd.example.data", "data of " + note)}};
  manifest.subject = layers::Descriptor{std::string(layers::media_type::oci_manifest), subject, 1};
  manifest.artifact_type = type;
  manifest.annotations = {{"note", note}};
  auto document = layers::write_manifest(manifest);
  into.add_document(document);
  return document;
}
// The same, listed at its subject.
inline layers::Document attach(MemoryImage& image, const Digest& subject, const std::string& note) {
  auto document = add_referrer(image, subject, note);
  image.list_referrer(subject, document.descriptor());
  return document;
}

// Everything that a test of places needs: a folder of its own, a reporter, and access without credentials.
class PlaceTest : public testing::Test {
 protected:
  std::unique_ptr<registry::ImageSource> source(const std::string& place) {
    return access().source(registry::Place::parse(place));
  }
  std::unique_ptr<registry::ImageDestination> destination(const std::string& place) {
    return access().destination(registry::Place::parse(place));
  }
  registry::CopyResult copy(registry::ImageSource& from, registry::ImageDestination& to,
                            std::vector<std::string> tags = {},
                            std::vector<layers::Platform> platforms = {}) {
    return registry::copy_image(from, to, {std::move(tags), std::move(platforms), jobs_}, reporter_, {});
  }
  // With everything that belongs to the image.
  registry::CopyResult copy_all(registry::ImageSource& from, registry::ImageDestination& to,
                                const std::string& tag) {
    registry::CopyOptions options;
    options.tags = {tag};
    options.attachments = true;
    return registry::copy_image(from, to, options, reporter_, {});
  }
  registry::Access& access() {
    if (!access_) access_ = std::make_unique<registry::Access>(options(), reporter_, stop_.get_token());
    return *access_;
  }
  registry::AccessOptions options() const {
    registry::AccessOptions result;
    result.store = path() / "store";
    result.credential_files = {path() / "config.json"};
    result.helpers = helpers();
    result.retries = retries_;
    result.scratch = path() / "scratch";
    return result;
  }
  // Credential helpers are looked for in the test's folder.
  registry::HelperOptions helpers() const {
    registry::HelperOptions result;
    result.find_program = [folder = path()](const std::string& name) {
      return std::filesystem::exists(folder / name) ? folder / name : std::filesystem::path();
    };
    result.environment = {"PATH=/usr/bin:/bin", "WHITTLE_TEST=1"};
    return result;
  }
  // A helper that is a shell script; what it is asked for is in $server.
  void write_helper(const std::string& name, const std::string& script) {
    write_file(path() / ("docker-credential-" + name), "#!/bin/sh\nread -r server\n" + script + '\n',
               AtomicFile::Durability::content, 0700);
  }
  void write_config(const std::string& text) {
    write_file(path() / "config.json", text, AtomicFile::Durability::content, 0600);
  }
  const std::filesystem::path& path() const { return folder_.path(); }

  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  RecordingReporter reporter_;
  std::stop_source stop_;
  unsigned jobs_ = 4;
  registry::RetryPolicy retries_ = {.attempts = 1};  // most tests look at one request

 private:
  std::unique_ptr<registry::Access> access_;
};

inline std::string read_blob(registry::ImageSource& source, const layers::Descriptor& descriptor) {
  const auto blob = source.open_blob(descriptor);
  return read_all(*blob, 1U << 30U, "a blob");
}

}  // namespace whittle::test
