# find_package(callapi CONFIG REQUIRED) gives the target callapi::callapi. It needs no other package: what the library
# stands on is linked into it and shows in no header.
include("${CMAKE_CURRENT_LIST_DIR}/callapi-targets.cmake")
