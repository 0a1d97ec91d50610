#include "packages/ar_members.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <exception>
#include <string_view>

#include "common/error.hpp"
#include "common/loaded_library.hpp"
#include "common/text.hpp"

namespace whittle::packages {
namespace {

constexpr std::uint64_t first_header = 8;  // behind "!<arch>\n"
constexpr std::uint64_t header_size = 60;

struct ArchiveLibrary {
  ArchiveLibrary() {
    const LoadedLibrary library("libarchive.so.13", "Debian packages are read through libarchive",
                                "libarchive13");
    library.find(read_new, "archive_read_new");
    library.find(read_free, "archive_read_free");
    library.find(support_ar, "archive_read_support_format_ar");
    library.find(open, "archive_read_open");
    library.find(next_header, "archive_read_next_header");
    library.find(error_string, "archive_error_string");
    library.find(pathname, "archive_entry_pathname");
    library.find(size, "archive_entry_size");
  }
  decltype(&archive_read_new) read_new = nullptr;
  decltype(&archive_read_free) read_free = nullptr;
  decltype(&archive_read_support_format_ar) support_ar = nullptr;
  decltype(&archive_read_open) open = nullptr;
  decltype(&archive_read_next_header) next_header = nullptr;
  decltype(&archive_error_string) error_string = nullptr;
  decltype(&archive_entry_pathname) pathname = nullptr;
  decltype(&archive_entry_size) size = nullptr;
};

class ArReader {
 public:
  ArReader(const std::shared_ptr<const Fd>& file, const std::string& what)
      : file_(file),
        what_(what),
        size_(size_of()),
        all_(file, what, 0, size_),
        archive_(library_.read_new(), library_.read_free) {
    if (!archive_) throw Error(ErrorKind::machine_limit, "libarchive does not start");
    check(library_.support_ar(archive_.get()));
    check(library_.open(archive_.get(), this, nullptr, on_read, nullptr));
  }

  std::vector<ArMember> read() {
    std::vector<ArMember> members;
    std::uint64_t header = first_header;
    for (;;) {
      check_name(header);
      archive_entry* entry = nullptr;
      const int status = library_.next_header(archive_.get(), &entry);
      if (status == ARCHIVE_EOF) break;
      check(status);
      if (members.size() == ar_members_limit)
        throw Error(ErrorKind::limit,
                    fmt::format("{} has more than the limit of {} members", what_, ar_members_limit));
      members.push_back(member_of(entry, header));
      header = members.back().offset + members.back().size;
      header += header % 2;
    }
    // A file that is cut just behind a header or a member ends as libarchive expects.
    if (header < size_) broken("there are bytes behind its last member");
    return members;
  }

 private:
  [[noreturn]] void broken(std::string_view why) const {
    throw Error(ErrorKind::integrity, fmt::format("{} is not an ar archive: {}", what_, why));
  }

  std::uint64_t size_of() const {
    struct stat status {};
    if (::fstat(file_->get(), &status) != 0) throw_errno(errno, fmt::format("examining {}", what_));
    return static_cast<std::uint64_t>(status.st_size);
  }

  // A warning is an error; so is a retry (hostile 69).
  void check(int status) {
    if (failure_) std::rethrow_exception(failure_);
    if (status == ARCHIVE_OK) return;
    const char* const text = library_.error_string(archive_.get());
    broken(text == nullptr ? "it is cut" : escaped(text));
  }

  // Of the names that begin so one is a table of names, for which libarchive would take up to 1 GiB of
  // memory.
  void check_name(std::uint64_t header) const {
    if (header >= size_) return;
    char first = 0;
    FileRange(file_, what_, header, 1).read(std::as_writable_bytes(std::span(&first, 1)));
    if (first == '/' || first == '#') broken("a member has a long name");
  }

  // libarchive does not tell where a member is, but it reads them one behind the other, each from an even
  // place.
  ArMember member_of(archive_entry* entry, std::uint64_t header) const {
    const char* const name = library_.pathname(entry);
    if (name == nullptr) broken("a member has no name");
    const auto size = library_.size(entry);
    if (size < 0) broken("a member has no size");
    ArMember member{name, header + header_size, static_cast<std::uint64_t>(size)};
    if (member.offset > size_ || member.size > size_ - member.offset)
      broken(fmt::format("its member {} is cut", shown(member.name)));
    return member;
  }

  // No exception may cross libarchive: it is kept, and thrown behind it.
  static la_ssize_t on_read(archive*, void* self, const void** buffer) {
    auto& reader = *static_cast<ArReader*>(self);
    try {
      *buffer = reader.buffer_.data();
      return static_cast<la_ssize_t>(reader.all_.read(reader.buffer_));
    } catch (...) {
      reader.failure_ = std::current_exception();
      return ARCHIVE_FATAL;
    }
  }

  const ArchiveLibrary library_ = {};
  const std::shared_ptr<const Fd>& file_;
  const std::string& what_;
  std::uint64_t size_;
  FileRange all_;
  std::array<std::byte, 16U << 10U> buffer_{};
  std::exception_ptr failure_ = nullptr;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace

std::vector<ArMember> ar_members(const std::shared_ptr<const Fd>& file, const std::string& what) {
  return ArReader(file, what).read();
}

}  // namespace whittle::packages
