using System.Runtime.InteropServices;
using System.Text;

namespace FloydSharp.Native;

/// <summary>Compiles CUDA C at run time with the NVRTC library that comes with libtorch for CUDA.</summary>
internal static unsafe class CudaCompiler
{
    /// <summary>Compiles for one architecture.</summary>
    /// <param name="source">CUDA C++ without includes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="capability">The device's compute capability.</param>
    /// <returns>Machine code for <see cref="CudaModule"/>.</returns>
    /// <exception cref="NativeLibraryException">There is no NVRTC, or the source does not compile.</exception>
    public static byte[] Compile(string source, string name, Version capability)
    {
        var path = NativeLibraryFiles.Find("libnvrtc")
            ?? throw new NativeLibraryException("libnvrtc is not there: it comes with libtorch for CUDA.");
        var library = NativeLibrary.Load(path);
        nint Export(string function) => NativeLibrary.GetExport(library, function);
        var create = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)Export("nvrtcCreateProgram");
        var compile = (delegate* unmanaged<nint, int, byte**, int>)Export("nvrtcCompileProgram");
        var codeSize = (delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetCUBINSize");
        var code = (delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetCUBIN");
        var logSize = (delegate* unmanaged<nint, nuint*, int>)Export("nvrtcGetProgramLogSize");
        var log = (delegate* unmanaged<nint, byte*, int>)Export("nvrtcGetProgramLog");
        var destroy = (delegate* unmanaged<nint*, int>)Export("nvrtcDestroyProgram");

        nint program;
        fixed (byte* text = Encoding.UTF8.GetBytes(source + '\0'), label = Encoding.UTF8.GetBytes(name + '\0'))
            Check(create(&program, text, label, 0, null, null), "nvrtcCreateProgram");
        try
        {
            nuint size;
            fixed (byte* architecture = Encoding.UTF8.GetBytes($"--gpu-architecture=sm_{capability.Major}{capability.Minor}\0"))
            {
                var options = stackalloc byte*[] { architecture };
                if (compile(program, 1, options) != 0)
                {
                    Check(logSize(program, &size), "nvrtcGetProgramLogSize");
                    var bytes = new byte[size];
                    fixed (byte* target = bytes)
                        Check(log(program, target), "nvrtcGetProgramLog");
                    throw new NativeLibraryException($"{name} does not compile: {Encoding.UTF8.GetString(bytes).TrimEnd('\0', '\n')}");
                }
            }

            Check(codeSize(program, &size), "nvrtcGetCUBINSize");
            var result = new byte[size];
            fixed (byte* target = result)
                Check(code(program, target), "nvrtcGetCUBIN");
            return result;
        }
        finally
        {
            _ = destroy(&program);
        }
    }

    private static void Check(int error, string function)
    {
        if (error != 0)
            throw new NativeLibraryException($"{function} failed (error {error}).");
    }
}
