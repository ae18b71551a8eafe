using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace FloydSharp.Testing;

/// <summary>
/// Finds, in compiled code, the calls that make a <see cref="Scalar"/> which nothing keeps alive: conversions of numbers to
/// scalars, and whatever of TorchSharp makes scalars inside, such as <c>tensor * 0.5</c> and <c>a + b</c>.
/// </summary>
public static class ScalarCalls
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodeOf = typeof(OpCodes).GetFields()
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value);

    private static readonly Lazy<HashSet<(Module Module, int Token)>> Unsafe = new(FindUnsafe);

    /// <summary>The calls of an assembly, as "where: what", outside the types that may.</summary>
    /// <param name="assembly">Compiled code that uses TorchSharp.</param>
    /// <param name="allowed">Types whose methods keep their scalars.</param>
    public static IReadOnlyList<string> Of(Assembly assembly, params Type[] allowed) =>
        [.. from method in Methods(assembly)
            where !allowed.Contains(method.DeclaringType)
            from callee in Callees(method)
            where Unsafe.Value.Contains(Identity(callee))
            select $"{method.DeclaringType}.{method.Name}: {callee.DeclaringType}.{callee}"];

    // All of TorchSharp that makes scalars, and all that calls such.
    private static HashSet<(Module Module, int Token)> FindUnsafe()
    {
        var callees = Methods(typeof(Scalar).Assembly).ToDictionary(Identity, m => Callees(m).Select(Identity).ToArray());
        var found = Methods(typeof(Scalar).Assembly).Where(MakesScalar).Select(Identity).ToHashSet();
        int before;
        do
        {
            before = found.Count;
            foreach (var (method, called) in callees)
            {
                if (called.Any(found.Contains))
                    found.Add(method);
            }
        }
        while (found.Count > before);
        return found;
    }

    private static bool MakesScalar(MethodBase method) =>
        method is MethodInfo { IsStatic: true } m && m.ReturnType == typeof(Scalar)
        && (m.DeclaringType == typeof(Scalar) || m.DeclaringType == typeof(ScalarExtensionMethods));

    private static IEnumerable<MethodBase> Methods(Assembly assembly) =>
        from type in LoadableTypes(assembly)
        from method in type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything))
        select method;

    private static IEnumerable<Type> LoadableTypes(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException e)
        {
            return e.Types.OfType<Type>();
        }
    }

    private static (Module Module, int Token) Identity(MethodBase method) => (method.Module, method.MetadataToken);

    private static List<MethodBase> Callees(MethodBase method)
    {
        List<MethodBase> callees = [];
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            return callees;

        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var i = 0; i < code.Length;)
        {
            // Two-byte codes begin with 0xFE.
            var opCode = OpCodeOf[code[i] == 0xFE ? (short)(0xFE00 | code[i + 1]) : code[i]];
            i += opCode.Size;
            if (opCode.OperandType == OperandType.InlineMethod)
                callees.Add(method.Module.ResolveMethod(BitConverter.ToInt32(code, i), typeArguments, methodArguments)!);
            i += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, i)),
                _ => 4,
            };
        }

        return callees;
    }
}
