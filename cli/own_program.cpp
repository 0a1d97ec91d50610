#include "cli/own_program.hpp"

#include <cerrno>  // program_invocation_name

namespace whittle::cli {
namespace fs = std::filesystem;

fs::path own_program() {
  std::error_code without_proc;
  const auto running = fs::read_symlink("/proc/self/exe", without_proc);
  const bool is_known = !without_proc && !running.filename().native().starts_with("ld-");
  return is_known ? running : fs::absolute(program_invocation_name);
}

}  // namespace whittle::cli
