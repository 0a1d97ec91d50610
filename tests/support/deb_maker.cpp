#include "tests/support/deb_maker.hpp"

#include <fmt/format.h>
#include <lzma.h>

#include <stdexcept>
#include <utility>

#include "layers/compression.hpp"

namespace whittle::test {
namespace {

std::string xz(const std::string& bytes) {
  std::string out(lzma_stream_buffer_bound(bytes.size()), '\0');
  std::size_t size = 0;
  if (lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, nullptr,
                              reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                              reinterpret_cast<std::uint8_t*>(out.data()), &size, out.size()) != LZMA_OK)
    throw std::runtime_error("xz");
  out.resize(size);
  return out;
}

std::string layer_compressed(layers::Compression::Format format, const std::string& bytes) {
  TextSink out(1U << 30U, "a member");
  const auto compressor = layers::make_compressor({format, layers::Compression::Level::fast}, 1, out);
  compressor->write(as_bytes(bytes));
  compressor->finish();
  return out.take();
}

}  // namespace

std::string ar_archive(const std::vector<ArEntry>& entries) {
  std::string result = "!<arch>\n";
  for (const auto& entry : entries) {
    result += fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", entry.name, 0, 0, 0, "100644",
                          entry.stated_size.value_or(std::to_string(entry.content.size())));
    result += entry.content;
    if (entry.content.size() % 2 != 0) result += '\n';
  }
  return result;
}

std::string compressed_as(std::string_view suffix, const std::string& bytes) {
  if (suffix == ".xz") return xz(bytes);
  if (suffix == ".gz") return layer_compressed(layers::Compression::Format::gzip, bytes);
  if (suffix == ".zst") return layer_compressed(layers::Compression::Format::zstd, bytes);
  return bytes;
}

DebMaker::DebMaker(std::string package, std::string version, std::string architecture)
    : package_(std::move(package)), version_(std::move(version)), architecture_(std::move(architecture)) {
  field("Package", package_).field("Version", version_).field("Architecture", architecture_);
  field("Maintainer", "Nobody <nobody@example.com>")
      .field("Description", "a package of a test\n with two lines");
  folder("");
}

DebMaker& DebMaker::field(const std::string& name, const std::string& value) {
  control_ += fmt::format("{}: {}\n", name, value);
  return *this;
}

DebMaker& DebMaker::control_file(const std::string& name, const std::string& content) {
  control_files_[name] = content;
  return *this;
}

DebMaker& DebMaker::folder(const std::string& path, std::uint32_t mode) {
  return add({"./" + path + (path.empty() ? "" : "/"), {}, '5', {}, {}, mode});
}

DebMaker& DebMaker::file(const std::string& path, const std::string& content, std::uint32_t mode) {
  return add({"./" + path, content, '0', {}, {}, mode});
}

DebMaker& DebMaker::link(const std::string& path, const std::string& target) {
  return add({"./" + path, {}, '2', target, {}, 0777});
}

DebMaker& DebMaker::hard_link(const std::string& path, const std::string& target) {
  return add({"./" + path, {}, '1', target});
}

DebMaker& DebMaker::add(const HostileTar::Entry& entry) {
  data_.add(entry);
  return *this;
}

DebMaker& DebMaker::suffix(std::string compression) {
  suffix_ = std::move(compression);
  return *this;
}

std::string DebMaker::control_tar() const {
  HostileTar tar;
  tar.add({"./", {}, '5', {}, {}, 0755}).file("./control", control_);
  for (const auto& [name, content] : control_files_) tar.file("./" + name, content);
  return tar.text();
}

std::vector<ArEntry> DebMaker::members() const {
  return {{"debian-binary", "2.0\n"},
          {"control.tar" + suffix_, compressed_as(suffix_, control_tar())},
          {"data.tar" + suffix_, compressed_as(suffix_, data_tar())}};
}

packages::PinnedPackage DebMaker::pinned() const {
  const auto content = bytes();
  return {package_,
          version_,
          architecture_,
          fmt::format("pool/main/{0}/{1}/{1}_{2}_{3}.deb", package_.substr(0, 1), package_, version_,
                      architecture_),
          content.size(),
          Digest::of(content)};
}

}  // namespace whittle::test
