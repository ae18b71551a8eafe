namespace FloydSharp.Pipelines;

/// <summary>Keeps the state of a denoising run, so that it can be continued after the process has ended.</summary>
public interface IDenoisingStore
{
    /// <summary>The state to continue from; asked once, before the first step.</summary>
    /// <returns>Owned by the caller; null starts from the beginning.</returns>
    DenoisingState? Continue();

    /// <summary>Called between two steps. The state is copied only where the store asks for it.</summary>
    /// <param name="stopping">Whether the run was cancelled and ends here.</param>
    /// <param name="state">Copies the state; what it returns is owned by the store. To be called before this method returns.</param>
    void Offer(bool stopping, Func<DenoisingState> state);
}
