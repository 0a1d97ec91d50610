#include "evidence/split_lines.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "binaries/build_info.hpp"
#include "binaries/elf.hpp"
#include "binaries/go_line_tables.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/file_digest.hpp"
#include "common/json.hpp"
#include "layers/compression.hpp"

namespace whittle::evidence {
namespace {

namespace fs = std::filesystem;
using binaries::FileStretch;

constexpr std::size_t longest_header = 4'096;
constexpr std::string_view container_name = "the container of line tables";

[[noreturn]] void refuse_container(std::string_view why) {
  throw Error(ErrorKind::integrity, fmt::format("{} is broken: {}", container_name, why));
}

Fd open_to_write(const fs::path& path, int flags) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0600));
  if (!fd) throw_errno(errno, fmt::format("opening {}", path.native()));
  return fd;
}

// Copies what can be read, and tells its digest.
Digest copy(const fs::path& from, const Fd& to, const fs::path& name) {
  FileSource source(from);
  Hasher hasher;
  std::vector<std::byte> buffer(stream_buffer_size);
  std::uint64_t at = 0;
  while (const auto count = source.read(buffer)) {
    const Bytes bytes(buffer.data(), count);
    hasher.write(bytes);
    write_at(to, bytes, at, name);
    at += count;
  }
  return hasher.finish();
}

void clear(const Fd& fd, const FileStretch& stretch, const fs::path& name) {
  static constexpr std::array<std::byte, 4'096> zeros = {};
  for (std::uint64_t done = 0; done < stretch.size;) {
    const auto count = std::min<std::uint64_t>(zeros.size(), stretch.size - done);
    write_at(fd, Bytes(zeros).first(static_cast<std::size_t>(count)), stretch.offset + done, name);
    done += count;
  }
}

// Seven bits a byte, the lowest first.
std::string packed(std::uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>(0x80U | (number & 0x7fU));
  return bytes + static_cast<char>(number);
}

std::string pack(const binaries::RandomAccess& linked, const binaries::GoLineTables& tables,
                 const Json& header) {
  TextSink out(largest_split_lines, std::string(container_name));
  const auto compressor = layers::make_compressor({layers::Compression::Format::zstd, {}}, 1, out);
  compressor->write(as_bytes(canonical(header) + "\n"));
  std::uint64_t end = 0;
  std::vector<std::byte> buffer(stream_buffer_size);
  tables.for_each_stretch([&](const FileStretch& stretch) {
    compressor->write(as_bytes(packed(stretch.offset - end) + packed(stretch.size)));
    end = stretch.offset + stretch.size;
    for (auto at = stretch.offset; at < end;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - at));
      const auto count = linked.read_at(at, MutableBytes(buffer).first(wanted));
      if (count == 0)
        throw Error(ErrorKind::integrity, "Go's function table is broken: it reaches beyond the file");
      compressor->write(Bytes(buffer).first(count));
      at += count;
    }
  });
  compressor->finish();
  return out.take();
}

// Reads the container from its start to its end.
class Unpacking {
 public:
  explicit Unpacking(std::unique_ptr<ByteSource> lines)
      : source_(layers::decompress(std::move(lines), std::string(container_name))) {}

  Json header() {
    std::string line;
    for (auto next = byte(); next && *next != '\n'; next = byte()) {
      line += static_cast<char>(*next);
      if (line.size() > longest_header) refuse_container("its first line is too long");
    }
    return parse_json(line, std::string(container_name));
  }

  // Nothing at the end.
  std::optional<std::uint64_t> number() {
    constexpr unsigned most_bits = 63;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < most_bits; shift += 7) {
      const auto next = byte();
      if (!next && shift == 0) return std::nullopt;
      if (!next) refuse_container("it is cut");
      value |= static_cast<std::uint64_t>(*next & 0x7fU) << shift;
      if ((*next & 0x80U) == 0) return value;
    }
    refuse_container("a number is too large");
  }

  // At most as much as is wanted, and something.
  Bytes bytes(std::uint64_t wanted) {
    if (at_ == end_ && !fill()) refuse_container("it is cut");
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(wanted, end_ - at_));
    const Bytes result(buffer_.data() + at_, count);
    at_ += count;
    return result;
  }

 private:
  std::optional<std::uint8_t> byte() {
    if (at_ == end_ && !fill()) return std::nullopt;
    return std::to_integer<std::uint8_t>(buffer_[at_++]);
  }
  bool fill() {
    at_ = 0;
    end_ = source_->read(buffer_);
    return end_ > 0;
  }

  std::unique_ptr<layers::Decoder> source_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(stream_buffer_size);
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

Digest digest_in(const Json& header, std::string_view name) {
  const auto field = header.is_object() ? header.find(name) : header.end();
  if (!header.is_object() || field == header.end() || !field->is_string())
    refuse_container(fmt::format("its first line does not say `{}`", name));
  try {
    return Digest::parse(field->get<std::string>());
  } catch (const Error&) {
    refuse_container(fmt::format("`{}` is no digest", name));
  }
}

void put_back(Unpacking& lines, const Fd& fd, std::uint64_t size, const fs::path& name) {
  std::uint64_t end = 0;
  while (const auto gap = lines.number()) {
    const auto length = lines.number();
    if (!length) refuse_container("it is cut");
    if (*gap > size - end || *length > size - end - *gap) refuse_container("it reaches beyond the program");
    const auto begin = end + *gap;
    end = begin + *length;
    for (auto at = begin; at < end;) {
      const auto bytes = lines.bytes(end - at);
      write_at(fd, bytes, at, name);
      at += bytes.size();
    }
  }
}

}  // namespace

SplitProgram split_lines(const fs::path& linked, const fs::path& to) {
  const binaries::FileAccess file(linked);
  const auto elf = binaries::read_elf(file);
  const auto info = binaries::read_build_info(file, elf);
  if (!info) throw Error(ErrorKind::unsupported, "it is no Go program: it has no line tables to keep apart");
  const auto tables = binaries::GoLineTables::find(file, elf, info->go_version);
  const auto fd = open_to_write(to, O_CREAT | O_EXCL);
  const auto before = copy(linked, fd, to);
  tables.for_each_stretch([&](const FileStretch& stretch) { clear(fd, stretch, to); });
  const auto after = digest_of_file(to);
  return {
      before, after,
      pack(file, tables, {{"go", info->go_version}, {"linked", before.text()}, {"program", after.text()}})};
}

void restore_lines(std::unique_ptr<ByteSource> lines, const fs::path& file) {
  Unpacking unpacking(std::move(lines));
  const auto header = unpacking.header();
  if (digest_in(header, "program") != digest_of_file(file))
    refuse_container("it was made for another program");
  put_back(unpacking, open_to_write(file, 0), fs::file_size(file), file);
  if (digest_in(header, "linked") != digest_of_file(file))
    refuse_container("with it the program is not as it was linked");
}

}  // namespace whittle::evidence
